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

    /// Turns `input` into at most ``ModelDescription/maxInputTokens`` token ids; the end of a longer one is cut off.
    ///
    /// - Complexity: O(bytes up to the limit): the rest of a long text is never read.
    package func prepare(_ input: EmbeddingInput) throws(InputError) -> TokenizedInput {
        switch input {
        case .text(let text): prepare(text[...])
        case .tokenIDs(let ids): try prepare(ids, limit: description.maxInputTokens)
        }
    }

    /// Appends what the model has to compute for `input` to `rows`: one row, or several whose vectors are averaged.
    ///
    /// - Returns: Whether something of the input is in none of the rows.
    package func prepare(
        _ input: EmbeddingInput, longTexts: LongTextPolicy, into rows: inout [TokenizedInput]
    ) throws(InputError) -> Bool {
        let whole = try prepare(input)
        switch longTexts {
        case .cut: break
        case .refuse:
            if whole.isTruncated { throw .tooLong(limit: description.maxInputTokens) }
        case .cutUpTo(let tokens):
            if exceeds(tokens, input, whole) { throw .tooLong(limit: tokens) }
        case .average(let rule):
            guard case .text(let text) = input else { break }
            let isShort = !whole.isTruncated && whole.tokenIDs.count - tokenizer.specialTokenCount <= rule.tokens
            if isShort { break }
            let (parts, isCut) = rule.chunks(of: text, tokenizer: tokenizer)
            let first = rows.count
            rows += parts.map { prepare($0) }
            return isCut || rows[first...].contains(where: \.isTruncated)
        }
        rows.append(whole)
        return whole.isTruncated
    }

    private func prepare(_ text: ArraySlice<UInt8>) -> TokenizedInput {
        let limit = description.maxInputTokens
        let encoding =
            prompt.isEmpty
            ? tokenizer.encode(text.span, maxTokens: limit) : tokenizer.encode(prompt + text, maxTokens: limit)
        return TokenizedInput(
            tokenIDs: encoding.ids, promptLength: promptLength, isTruncated: encoding.isTruncated)
    }

    /// Whether `input` has more than `limit` tokens; `whole` is its beginning as the model takes it.
    private func exceeds(_ limit: Int, _ input: EmbeddingInput, _ whole: TokenizedInput) -> Bool {
        guard whole.isTruncated else { return whole.tokenIDs.count > limit }
        guard limit > whole.tokenIDs.count else { return true }
        switch input {
        case .text(let text): return tokenizer.encode(prompt + text, maxTokens: limit).isTruncated
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
