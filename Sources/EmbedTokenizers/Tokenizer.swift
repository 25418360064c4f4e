// SPDX-License-Identifier: Apache-2.0

package import EmbedJSON

/// Text to token ids, exactly as Hugging Face `tokenizers` does it with the same tokenizer.json.
///
/// ```
/// text ─► added tokens ─► normalizer ─► added tokens ─► pre-tokenizer ─► model ─► truncation ─► post-processor
///         (as written)                  (normalised)     words            ids
/// ```
/// Every stage is an enum over its variants, chosen by the `type` in the file; a variant is one file. The text is worked
/// through in chunks, so that a limit ends the work early; see ``EncodingRun``.
package struct Tokenizer: Sendable {
    let addedTokens: AddedVocabulary
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let model: Model
    private(set) var frame: SpecialTokenFrame
    /// A token that is left out wherever it comes up.
    private(set) var omittedID: Int32?

    /// Reads a tokenizer.json; its own truncation and padding are ignored.
    ///
    /// `parts` hold what older files say instead of its "model"; `lowercasesFirst` puts a `Lowercase` before the file's
    /// own normalizer.
    /// - Throws: ``TokenizerError`` naming the key when the file asks for something unsupported, or is damaged.
    package init(
        json: JSONValue, parts: ModelParts? = nil, lowercasesFirst: Bool = false
    ) throws(TokenizerError) {
        let root = TokenizerField(path: "", value: json)
        if let version = try root.optional("version"), try version.string() != "1.0" {
            throw .unsupported(key: "version", found: try version.string(), supported: ["1.0"])
        }
        let written =
            if let field = try root.optional("normalizer") { try Normalizer(field) } else { nil as Normalizer? }
        normalizer =
            lowercasesFirst
            ? .sequence(NormalizerSequence([.lowercase(Lowercase())] + (written.map { [$0] } ?? []))) : written
        preTokenizer = if let field = try root.optional("pre_tokenizer") { try PreTokenizer(field) } else { nil }
        model = try Model(try root.member("model"), isByteLevel: preTokenizer?.isByteLevel ?? false, parts: parts)
        addedTokens = try AddedVocabulary(
            try root.optional("added_tokens"), vocabulary: model.vocabulary, normalizer: normalizer)
        frame = try SpecialTokenFrame(try root.optional("post_processor"))
        if case .sentencePiece = model {
            frame.endsOnce = true
            frame.pair = nil
        }
        for id in frame.prefix + frame.suffix + (frame.pair?.ids ?? []) where id >= vocabularySize {
            throw .invalid(
                key: "post_processor", reason: "puts the id \(id), but the highest id is \(vocabularySize - 1)")
        }
    }

    /// The same for static embeddings: without special tokens, and if asked for without the unknown token.
    package func forLookup(omitsUnknown: Bool) -> Tokenizer {
        var tokenizer = self
        tokenizer.frame = frame.withoutTokens
        tokenizer.omittedID = omitsUnknown ? model.unknownID : nil
        return tokenizer
    }

    /// The kind of its model, such as "WordPiece"; BPE also says what it splits into.
    package var kind: String {
        guard case .bpe = model else { return model.name }
        return preTokenizer?.isByteLevel == true ? "byte-level BPE" : model.name
    }

    /// One more than the highest id, added tokens included.
    package var vocabularySize: Int {
        max(model.vocabulary.size, addedTokens.size)
    }

    /// Whether upper-case and lower-case text become the same tokens.
    package var lowercases: Bool {
        if case .sentencePiece(let model) = model { return model.lowercases }
        return normalizer?.lowercases ?? false
    }

    /// How many tokens the post-processor adds to a single text: 2 for BERT.
    package var specialTokenCount: Int { frame.prefix.count + frame.suffix.count }

    /// Ids that always stand before a text, such as `[101]`.
    package var prefixIDs: [Int32] { frame.prefix }

    /// Ids that always stand after a text, such as `[102]`.
    package var suffixIDs: [Int32] { frame.suffix }

    /// The same with another frame: these ids before and after a text, nothing done to offsets, and none for two texts.
    package func framed(prefix: [Int32], suffix: [Int32]) -> Tokenizer {
        var copy = self
        copy.frame = SpecialTokenFrame(prefix: prefix, suffix: suffix)
        copy.frame.pair = nil
        return copy
    }

    /// The id of a token spelled as in the vocabulary, such as "##ing" or "[SEP]".
    package func id(of token: String) -> Int32? {
        let bytes = Array(token.utf8)
        return addedTokens.id(of: bytes) ?? model.vocabulary.id(of: bytes)
    }

    /// The spelling of a token in the vocabulary.
    package func token(for id: Int32) -> String? {
        guard let bytes = addedTokens.token(for: id)?.content ?? model.vocabulary.token(for: id) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
