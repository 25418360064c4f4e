// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
import EmbedModelFiles
import EmbedModels
package import EmbedTokenizers

/// One loaded model: texts in, vectors out.
///
/// ``prepare(_:)`` may run on any number of threads at once; ``embed(_:)`` computes on the calling thread and
/// the device's workers, one batch at a time.
package struct EmbeddingModel: Sendable {
    /// What the model is, for people and information routes.
    package internal(set) var description: ModelDescription
    package let tokenizer: Tokenizer
    let device: any LoadedModel
    private let tokenIDPolicy: TokenIDPolicy
    private let prompts: Prompts

    init(
        description: ModelDescription, tokenizer: Tokenizer, device: any LoadedModel, tokenIDPolicy: TokenIDPolicy
    ) {
        self.description = description
        self.tokenizer = tokenizer
        self.device = device
        self.tokenIDPolicy = tokenIDPolicy
        prompts = Prompts(
            description.prompts, defaultName: description.defaultPromptName, tokenizer: tokenizer,
            maxTokens: description.maxInputTokens)
    }

    /// How inputs are read that nothing is said about.
    package var standardReading: Reading { Reading(prompt: prompts.standard, isChosen: false) }

    /// How the inputs of a request are read.
    ///
    /// - Throws: ``UnknownPrompt``.
    package func reading(_ prompt: PromptChoice, role: InputRole? = nil) throws(UnknownPrompt) -> Reading {
        switch prompt {
        case .automatic: Reading(prompt: prompts.prompt(for: role), isChosen: role != nil)
        case .bare: Reading(prompt: .none, isChosen: true)
        case .named(let name): Reading(prompt: try prompts.named(name), isChosen: true)
        case .text(let text):
            Reading(
                prompt: Prompt(text, tokenizer: tokenizer, maxTokens: description.maxInputTokens), isChosen: true)
        }
    }

    /// Turns `input` into at most ``ModelDescription/maxInputTokens`` token ids; the end of a longer one is cut off.
    ///
    /// Without a reading it is read by ``standardReading``.
    /// - Complexity: O(bytes up to the limit): the rest of a long text is never read.
    package func prepare(_ input: EmbeddingInput, _ reading: Reading? = nil) throws(InputError) -> TokenizedInput {
        let reading = reading ?? standardReading
        switch input {
        case .text(let text): return prepare(text[...], reading)
        case .tokenIDs(let ids):
            // A default prompt is for texts; one that was asked for must not get lost.
            guard !reading.isChosen || reading.prompt.text.isEmpty else { throw .promptForTokenIDs }
            return try prepare(ids, limit: description.maxInputTokens)
        }
    }

    /// Appends what the model has to compute for `input` to `rows`: one row, or several whose vectors are averaged.
    ///
    /// - Returns: Whether something of the input is in none of the rows.
    package func prepare(
        _ input: EmbeddingInput, _ reading: Reading? = nil, longTexts: LongTextPolicy,
        into rows: inout [TokenizedInput]
    ) throws(InputError) -> Bool {
        let reading = reading ?? standardReading
        let whole = try prepare(input, reading)
        switch longTexts {
        case .cut: break
        case .refuse:
            if whole.isTruncated { throw .tooLong(limit: description.maxInputTokens) }
        case .cutUpTo(let tokens):
            if exceeds(tokens, input, reading, whole) { throw .tooLong(limit: tokens) }
        case .average(let rule):
            guard case .text(let text) = input else { break }
            let isShort = !whole.isTruncated && whole.tokenIDs.count - tokenizer.specialTokenCount <= rule.tokens
            if isShort { break }
            let (parts, isCut) = rule.chunks(of: text, tokenizer: tokenizer)
            let first = rows.count
            rows += parts.map { prepare($0, reading) }
            return isCut || rows[first...].contains(where: \.isTruncated)
        }
        rows.append(whole)
        return whole.isTruncated
    }

    private func prepare(_ text: ArraySlice<UInt8>, _ reading: Reading) -> TokenizedInput {
        let (prompt, limit) = (reading.prompt, description.maxInputTokens)
        let encoding =
            prompt.text.isEmpty
            ? tokenizer.encode(text.span, maxTokens: limit) : tokenizer.encode(prompt.text + text, maxTokens: limit)
        return TokenizedInput(
            tokenIDs: encoding.ids, promptLength: prompt.tokenCount, isTruncated: encoding.isTruncated)
    }

    /// Whether `input` has more than `limit` tokens; `whole` is its beginning as the model takes it.
    private func exceeds(_ limit: Int, _ input: EmbeddingInput, _ reading: Reading, _ whole: TokenizedInput) -> Bool {
        guard whole.isTruncated else { return whole.tokenIDs.count > limit }
        guard limit > whole.tokenIDs.count else { return true }
        switch input {
        case .text(let text): return tokenizer.encode(reading.prompt.text + text, maxTokens: limit).isTruncated
        case .tokenIDs(let ids): return ids.count > limit
        }
    }

    /// Checks ids that a client sent, and cuts their end, keeping the frame.
    private func prepare(_ ids: [Int32], limit: Int) throws(InputError) -> TokenizedInput {
        guard !ids.isEmpty else { throw .emptyTokenIDs }
        let vocabularySize = description.vocabularySize
        if let id = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) {
            throw .tokenOutOfVocabulary(id: id, vocabularySize: vocabularySize)
        }
        let (prefix, suffix) = (tokenizer.prefixIDs, tokenizer.suffixIDs)
        let isFramed =
            ids.count >= prefix.count + suffix.count && ids.starts(with: prefix)
            && ids.suffix(suffix.count) == suffix[...]
        guard isFramed || tokenIDPolicy == .any else { throw .unframedTokenIDs(prefix: prefix, suffix: suffix) }
        guard ids.count > limit else { return TokenizedInput(tokenIDs: ids, isTruncated: false) }
        let kept = isFramed ? ids.prefix(limit - suffix.count) + suffix[...] : ids.prefix(limit)
        return TokenizedInput(tokenIDs: Array(kept), isTruncated: true)
    }

    /// Computes the vectors of `inputs`, in order: `[vectors, fullDimension]`; see ``ModelDescription/output(_:areMeans:_:)``.
    ///
    /// The same input gives the same vector alone or beside others.
    /// - Throws: ``DeviceError`` when the device fails or a vector is not finite.
    package func embed(_ inputs: some Collection<TokenizedInput>) throws(DeviceError) -> [Float] {
        var batch = RaggedBatch()
        for input in inputs {
            if let spans = input.spans {
                batch.append(input.tokenIDs, spans: spans)
            } else {
                batch.append(input.tokenIDs, promptLength: input.promptLength)
            }
        }
        return try device.embed(batch).values
    }
}

/// How the inputs of a request are read; made by ``EmbeddingModel/reading(_:role:)``.
package struct Reading: Sendable, Equatable {
    let prompt: Prompt
    /// A client asked for it.
    let isChosen: Bool

    /// What stands before each text, in UTF-8.
    package var promptText: [UInt8] { prompt.text }
}

/// An input as the model takes it.
package struct TokenizedInput: Sendable, Equatable {
    /// At least one, all inside the vocabulary.
    package var tokenIDs: [Int32]
    /// How many of them, from the first on, are a prompt that some models leave out of pooling.
    package var promptLength: Int
    /// The end was cut off.
    package var isTruncated: Bool
    /// The tokens of each vector, where there is not one of all tokens.
    package var spans: [Range<Int>]?

    package init(tokenIDs: [Int32], promptLength: Int = 0, isTruncated: Bool, spans: [Range<Int>]? = nil) {
        self.tokenIDs = tokenIDs
        self.promptLength = promptLength
        self.isTruncated = isTruncated
        self.spans = spans
    }

    /// The number of its vectors.
    package var vectorCount: Int { spans?.count ?? 1 }
}
