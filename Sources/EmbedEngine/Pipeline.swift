// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedTokenizers

/// A tokenizer and what computes vectors of its tokens.
///
/// A model has one, or one for each part of a Router.
struct Pipeline: Sendable {
    let tokenizer: Tokenizer
    /// What texts are filled up with; `nil` where they have their own lengths.
    let padding: TextPadding?
    let device: any LoadedModel
    let prompts: Prompts
    /// sentence-transformers' names of the pooling modes, in order.
    let pooling: [String]
    /// Most tokens of an input, special tokens included.
    let maxInputTokens: Int
    /// Ids from 0 up to this are known to the model.
    let vocabularySize: Int

    /// The tasks that the model has adapters for; mostly none.
    let tasks: [String]

    /// The prompt and, by its number, the task that a request chose.
    ///
    /// A task is chosen by the name of its prompt or by the role. Texts without one go through the model as it is.
    /// - Throws: ``ReadingError``, also for a role without an adapter in a model that has some.
    func chosen(
        _ choice: PromptChoice, _ role: InputRole?
    ) throws(ReadingError) -> (prompt: Prompt, task: Int?, isChosen: Bool) {
        var task = role.flatMap { role in
            role.taskNames.lazy.compactMap { name in tasks.firstIndex { $0 == name } }.first
        }
        if let role, task == nil, !tasks.isEmpty { throw .unknownRole(role.name, known: tasks.sorted()) }
        switch choice {
        case .automatic:
            let ofTask = task.flatMap { prompts[tasks[$0]] }
            return (ofTask ?? prompts.prompt(for: role), task, role != nil)
        case .bare: return (.none, task, true)
        case .named(let name):
            guard let named = tasks.firstIndex(of: name) else { return (try prompts.named(name), task, true) }
            // The prompt may be the whole of what a client can say; without one the task's texts are bare.
            if task == nil { task = named }
            return (prompts[name] ?? .none, task, true)
        case .text(let text): return (Prompt(text, tokenizer: tokenizer, maxTokens: maxInputTokens), task, true)
        }
    }

    /// `ids` as long as the model reads them.
    func padded(_ ids: [Int32]) -> [Int32] { padding?.pad(ids) ?? ids }

    /// Turns `text` into at most ``maxInputTokens`` token ids; the end of a longer one is cut off.
    func tokenize(_ text: ArraySlice<UInt8>, _ prompt: Prompt) -> TokenizedInput {
        let encoding =
            prompt.text.isEmpty
            ? tokenizer.encode(text.span, maxTokens: maxInputTokens)
            : tokenizer.encode(prompt.text + text, maxTokens: maxInputTokens)
        return TokenizedInput(
            tokenIDs: padded(encoding.ids), promptLength: prompt.tokenCount, isTruncated: encoding.isTruncated)
    }

    /// Computes the vectors of `inputs`, in order.
    func embed(_ inputs: some Collection<TokenizedInput>) throws(DeviceError) -> [Float] {
        var batch = RaggedBatch()
        for input in inputs {
            if let spans = input.spans {
                batch.append(input.tokenIDs, spans: spans, task: input.task)
            } else {
                batch.append(input.tokenIDs, promptLength: input.promptLength, task: input.task)
            }
        }
        return try device.embed(batch).values
    }
}
