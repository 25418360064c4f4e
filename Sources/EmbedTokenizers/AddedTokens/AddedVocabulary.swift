// SPDX-License-Identifier: Apache-2.0

/// The tokens of "added_tokens", with the ids the reference gives them.
///
/// Follows `AddedVocabulary` of Hugging Face `tokenizers`: the id in the file is not looked at; a token the model knows
/// keeps the model's id, the others count on from the size of the vocabulary. Of several entries with one spelling the
/// last one holds. Of several tokens normalised to one spelling the reference finds a random one, we the lowest id.
struct AddedVocabulary: Sendable {
    /// Tokens to find in the text as it is.
    let verbatim: AddedTokenMatcher
    /// Tokens to find in normalised text.
    let normalized: AddedTokenMatcher
    /// One more than the highest id.
    let size: Int
    private let idsByContent: [[UInt8]: Int32]
    private let tokensByID: [Int32: AddedToken]

    init(_ field: TokenizerField?, vocabulary: Vocabulary, normalizer: Normalizer?) throws(TokenizerError) {
        var idsByContent: [[UInt8]: Int32] = [:]
        var tokensByID: [Int32: AddedToken] = [:]
        var nextID = Int32(vocabulary.count)
        for element in try field?.elements() ?? [] {
            let token = try AddedToken(element)
            if token.content.isEmpty { continue }
            let known = idsByContent[token.content] ?? vocabulary.id(of: token.content)
            let id = known ?? nextID
            if known == nil { nextID += 1 }
            idsByContent[token.content] = id
            tokensByID[id] = token
        }
        var verbatim = AddedTokenMatcher()
        var normalized = AddedTokenMatcher()
        for (id, token) in tokensByID.sorted(by: { $0.key < $1.key }) {
            let found = AddedTokenMatcher.Token(
                id: id, isSingleWord: token.isSingleWord, stripsLeft: token.stripsLeft, stripsRight: token.stripsRight)
            guard token.isNormalized else {
                verbatim.insert(token.content, found)
                continue
            }
            let pattern = Self.normalize(token.content, normalizer)
            guard !pattern.isEmpty else {
                let content = String(decoding: token.content, as: UTF8.self)
                throw .invalid(
                    key: "added_tokens", reason: "holds \"\(content)\", of which the normalizer leaves nothing")
            }
            normalized.insert(pattern, found)
        }
        self.verbatim = verbatim
        self.normalized = normalized
        self.idsByContent = idsByContent
        self.tokensByID = tokensByID
        size = Int((tokensByID.keys.max() ?? -1) + 1)
    }

    func id(of content: [UInt8]) -> Int32? { idsByContent[content] }

    func token(for id: Int32) -> AddedToken? { tokensByID[id] }

    private static func normalize(_ content: [UInt8], _ normalizer: Normalizer?) -> [UInt8] {
        guard let normalizer else { return content }
        var text = AlignedText(isAligned: false)
        normalizer.append(content.span, 0..<content.count, isStart: true, to: &text)
        return Array(text.bytes[..<text.count])
    }
}
