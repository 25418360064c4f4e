// SPDX-License-Identifier: Apache-2.0

/// Splits normalised text into words; one case a `type` in tokenizer.json.
enum PreTokenizer: Sendable {
    case bert(BertPreTokenizer)
    case byteLevel(ByteLevelPreTokenizer)
    case digits(DigitsPreTokenizer)
    case sequence(PreTokenizerSequence)
    case split(SplitPreTokenizer)

    static let supported = ["BertPreTokenizer", "ByteLevel", "Digits", "Sequence", "Split"]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let type = try field.member("type")
        switch try type.string() {
        case "BertPreTokenizer": self = .bert(BertPreTokenizer())
        case "ByteLevel": self = .byteLevel(try ByteLevelPreTokenizer(field))
        case "Digits": self = .digits(try DigitsPreTokenizer(field))
        case "Sequence": self = .sequence(try PreTokenizerSequence(field))
        case "Split": self = .split(try SplitPreTokenizer(field))
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// Whether the model gets a word's bytes, which its vocabulary spells in the characters of ``ByteAlphabet``.
    var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let preTokenizer): preTokenizer.isByteLevel
        case .bert, .digits, .split: false
        }
    }

    /// Whether a piece of text that doesn't begin with a space gets one.
    var addsPrefixSpace: Bool {
        switch self {
        case .byteLevel(let preTokenizer): preTokenizer.addsPrefixSpace
        case .sequence(let preTokenizer): preTokenizer.addsPrefixSpace
        case .bert, .digits, .split: false
        }
    }

    /// Whether text behind a range can do no more to its last word than go on with it.
    var onlyLengthensLastWord: Bool {
        switch self {
        case .bert, .digits: true
        case .byteLevel(let preTokenizer): preTokenizer.pattern == nil
        case .sequence(let preTokenizer): preTokenizer.onlyLengthensLastWord
        case .split(let preTokenizer): preTokenizer.onlyLengthensLastWord
        }
    }

    /// Appends the words of a range of `text` to `words`, in order and without empty ones.
    ///
    /// - Returns: Where the words begin that text behind the range may change; the others stay as they are.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        switch self {
        case .bert(let preTokenizer):
            let firstWord = words.count
            preTokenizer.split(text, range, into: &words)
            return words.count > firstWord ? words[words.count - 1].lowerBound : range.upperBound
        case .byteLevel(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .digits(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .sequence(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .split(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        }
    }
}
