// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Splits words into tokens; one case a `type` in tokenizer.json.
enum Model: Sendable {
    case bpe(BPE)
    case phoBERT(PhoBERT)
    case sentencePiece(SentencePiece)
    case unigram(Unigram)
    case wordLevel(WordLevel)
    case wordPiece(WordPiece)

    static let supported = ["BPE", "Unigram", "WordLevel", "WordPiece"]

    /// Reads "model", or makes it of `parts` as far as these hold it.
    init(_ field: TokenizerField, isByteLevel: Bool, parts: ModelParts?) throws(TokenizerError) {
        switch parts {
        case .phoBERT(let parts): self = .phoBERT(try PhoBERT(parts))
        case .sentencePiece(let parts): self = .sentencePiece(try SentencePiece(parts))
        case .pieces(let pieces): self = .unigram(try Unigram(field, pieces: pieces))
        case nil: try self.init(field, isByteLevel: isByteLevel)
        }
    }

    /// Reads "model"; `isByteLevel` says whether words reach it as bytes that its vocabulary spells in characters.
    private init(_ field: TokenizerField, isByteLevel: Bool) throws(TokenizerError) {
        guard let type = try field.optional("type") else {
            // Files of the first years name no type: only BPE has merges, only Unigram's vocabulary is an array, and only
            // WordPiece has a longest word.
            if try field.optional("merges") != nil {
                self = .bpe(try BPE(field, isByteLevel: isByteLevel))
                return
            }
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
        let found = try type.string()
        guard Self.supported.contains(found), found == "BPE" || !isByteLevel else {
            throw .unsupported(key: type.path, found: found, supported: isByteLevel ? ["BPE"] : Self.supported)
        }
        self =
            switch found {
            case "BPE": .bpe(try BPE(field, isByteLevel: isByteLevel))
            case "Unigram": .unigram(try Unigram(field))
            case "WordLevel": .wordLevel(try WordLevel(field))
            default: .wordPiece(try WordPiece(field))
            }
    }

    /// What people call it.
    var name: String {
        switch self {
        case .bpe: "BPE"
        case .phoBERT: "PhoBERT's BPE"
        case .sentencePiece: "Unigram"
        case .unigram: "Unigram"
        case .wordLevel: "WordLevel"
        case .wordPiece: "WordPiece"
        }
    }

    var vocabulary: Vocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .phoBERT(let model): model.vocabulary
        case .sentencePiece(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        }
    }

    /// The id of what is not in the vocabulary, where the file names one.
    var unknownID: Int32? {
        switch self {
        case .bpe(let model): model.unknownID
        case .phoBERT(let model): model.unknownID
        case .sentencePiece(let model): model.unknownID
        case .unigram(let model): model.unknownID
        case .wordLevel(let model): model.unknownID
        case .wordPiece(let model): model.unknownID
        }
    }

    /// Cuts words where no token reaches across, when the model knows such places; nothing when it doesn't.
    func cut(_ text: AlignedText, _ words: [Range<Int>]) -> [Range<Int>]? {
        var parts: [Range<Int>] = []
        parts.reserveCapacity(words.count)
        switch self {
        case .bpe(let model):
            guard model.cutsBeforeSpaceMarker else { return nil }
            for word in words { model.cut(text.bytes.span, word, into: &parts) }
        case .phoBERT(let model): for word in words { model.cut(text.bytes.span, word, into: &parts) }
        case .sentencePiece, .unigram, .wordLevel, .wordPiece: return nil
        }
        return parts
    }

    /// Appends the tokens of `words` with their ranges in `text`.
    ///
    /// The work may end after the word with which the text has more tokens than `limit`.
    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        switch self {
        case .bpe(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .phoBERT(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .sentencePiece(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .unigram(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .wordLevel(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        case .wordPiece(let model): model.tokenize(text, words, into: &tokens, stoppingAfter: limit)
        }
    }
}
