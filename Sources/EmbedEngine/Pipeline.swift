// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedTokenizers

/// A tokenizer and what computes vectors of its tokens.
///
/// A model has one, or one for each part of a Router.
struct Pipeline: Sendable {
    let tokenizer: Tokenizer
    let device: any LoadedModel
    let prompts: Prompts
    /// sentence-transformers' names of the pooling modes, in order.
    let pooling: [String]
    /// Most tokens of an input, special tokens included.
    let maxInputTokens: Int
    /// Ids from 0 up to this are known to the model.
    let vocabularySize: Int

    /// Turns `text` into at most ``maxInputTokens`` token ids; the end of a longer one is cut off.
    func tokenize(_ text: ArraySlice<UInt8>, _ prompt: Prompt) -> TokenizedInput {
        let encoding =
            prompt.text.isEmpty
            ? tokenizer.encode(text.span, maxTokens: maxInputTokens)
            : tokenizer.encode(prompt.text + text, maxTokens: maxInputTokens)
        return TokenizedInput(
            tokenIDs: encoding.ids, promptLength: prompt.tokenCount, isTruncated: encoding.isTruncated)
    }

    /// Computes the vectors of `inputs`, in order.
    func embed(_ inputs: some Collection<TokenizedInput>) throws(DeviceError) -> [Float] {
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
