// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
import EmbedModelFiles
import EmbedModels
package import EmbedTokenizers

/// One loaded model: texts in, vectors out.
///
/// ``prepare(_:truncation:)`` may run on any number of threads at once; ``embed(_:)`` computes on the calling thread and
/// the device's workers, one batch at a time.
package struct EmbeddingModel: Sendable {
    /// What the model is, for people and information routes.
    package internal(set) var description: ModelDescription
    package let tokenizer: Tokenizer
    let device: any LoadedModel
    private let tokenIDPolicy: TokenIDPolicy
    /// Put before every text: the prompt that `default_prompt_name` names.
    private let prompt: [UInt8]
    /// Tokens at the start of an input that the prompt makes, special tokens before it included.
    private let promptLength: Int

    init(
        description: ModelDescription, tokenizer: Tokenizer, device: any LoadedModel, tokenIDPolicy: TokenIDPolicy,
        prompt: [UInt8]
    ) {
        self.description = description
        self.tokenizer = tokenizer
        self.device = device
        self.tokenIDPolicy = tokenIDPolicy
        self.prompt = prompt
        // As `_get_prompt_length` in sentence-transformers: the prompt alone, without the special tokens behind it.
        promptLength = prompt.isEmpty ? 0 : tokenizer.encode(prompt).ids.count - tokenizer.suffixIDs.count
    }

    /// Turns `input` into at most ``ModelDescription/maxInputTokens`` token ids.
    ///
    /// - Complexity: O(bytes up to the limit): the rest of a long text is never read.
    package func prepare(
        _ input: EmbeddingInput, truncation: TruncationPolicy
    ) throws(InputError) -> TokenizedInput {
        let limit = description.maxInputTokens
        let tokenized: TokenizedInput
        switch input {
        case .text(let text):
            let encoding = tokenizer.encode(prompt.isEmpty ? text : prompt + text, maxTokens: limit)
            tokenized = TokenizedInput(
                tokenIDs: encoding.ids, promptLength: promptLength, isTruncated: encoding.isTruncated)
        case .tokenIDs(let ids):
            tokenized = try prepare(ids, limit: limit)
        }
        if tokenized.isTruncated, truncation == .refuse { throw .tooLong(limit: limit) }
        return tokenized
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

    /// Computes the vectors of `inputs`, in order: `[inputs, dimension]`.
    ///
    /// The same input gives the same vector alone or beside others.
    /// - Throws: ``DeviceError`` when the device fails or a vector is not finite.
    package func embed(_ inputs: some Collection<TokenizedInput>) throws(DeviceError) -> [Float] {
        var batch = RaggedBatch()
        for input in inputs { batch.append(input.tokenIDs, promptLength: input.promptLength) }
        return try device.embed(batch).values
    }
}

/// An input as the model takes it.
package struct TokenizedInput: Sendable, Equatable {
    /// At least one, all inside the vocabulary.
    package var tokenIDs: [Int32]
    /// How many of them, from the first on, are a prompt that some models leave out of pooling.
    package var promptLength: Int
    /// The end was cut off.
    package var isTruncated: Bool

    package init(tokenIDs: [Int32], promptLength: Int = 0, isTruncated: Bool) {
        self.tokenIDs = tokenIDs
        self.promptLength = promptLength
        self.isTruncated = isTruncated
    }
}
