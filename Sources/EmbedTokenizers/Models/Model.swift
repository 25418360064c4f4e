// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Splits words into tokens; one case a `type` in tokenizer.json.
enum Model: Sendable {
    case unigram(Unigram)
    case wordPiece(WordPiece)

    static let supported = ["Unigram", "WordPiece"]

    init(_ field: TokenizerField) throws(TokenizerError) {
        guard let type = try field.optional("type") else {
            // Files of the first years name no type. Only Unigram's vocabulary is an array, and only WordPiece has a
            // longest word.
            if try field.optional("vocab")?.value.kind == .array {
                self = .unigram(try Unigram(field))
                return
            }
            guard try field.optional("max_input_chars_per_word") != nil else {
                throw .missing(key: "\(field.path).type")
            }
            self = .wordPiece(try WordPiece(field))
            return
        }
        switch try type.string() {
        case "Unigram": self = .unigram(try Unigram(field))
        case "WordPiece": self = .wordPiece(try WordPiece(field))
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    var vocabulary: Vocabulary {
        switch self {
        case .unigram(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        }
    }

    /// Appends the tokens of `words` with their ranges in `text`.
    ///
    /// The work may end after the word with which the text has more tokens than `limit`.
    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        switch self {
        case .unigram(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .wordPiece(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        }
    }
}
