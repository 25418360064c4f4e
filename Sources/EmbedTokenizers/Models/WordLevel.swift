// SPDX-License-Identifier: Apache-2.0

/// Every word is one token; what the vocabulary doesn't have is the unknown token.
struct WordLevel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32

    init(_ field: TokenizerField) throws(TokenizerError) {
        vocabulary = try Vocabulary(try field.member("vocab"))
        let unknown = try field.member("unk_token")
        guard let id = vocabulary.id(of: try unknown.utf8()) else {
            throw .invalid(key: unknown.path, reason: "is \(try unknown.string()), which is not in the vocabulary")
        }
        unknownID = id
    }

    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        let text = text.bytes.span
        for word in words {
            var hash = VocabularyHash()
            for position in word { hash.add(text[position]) }
            tokens.append(vocabulary.id(prefix: nil, text, word, hash: hash) ?? unknownID, word)
            if tokens.contentCount > limit { return }
        }
    }
}
