// SPDX-License-Identifier: Apache-2.0

/// Splits normalised text into words; one case a `type` in tokenizer.json.
enum PreTokenizer: Sendable {
    case bert(BertPreTokenizer)
    case byteLevel(ByteLevelPreTokenizer)
    case digits(DigitsPreTokenizer)
    case fixedLength(FixedLength)
    case metaspace(Metaspace)
    case scalarSplit(ScalarSplit)
    case sequence(PreTokenizerSequence)
    case split(SplitPreTokenizer)
    case whitespace(Whitespace)
    case whitespaceSplit(WhitespaceSplit)

    static let supported = [
        "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace", "Punctuation",
        "Sequence", "Split", "Whitespace", "WhitespaceSplit",
    ]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let type = try field.member("type")
        switch try type.string() {
        case "BertPreTokenizer": self = .bert(BertPreTokenizer())
        case "Metaspace": self = .metaspace(try Metaspace(field))
        case "WhitespaceSplit": self = .whitespaceSplit(WhitespaceSplit())
        case "ByteLevel": self = .byteLevel(try ByteLevelPreTokenizer(field))
        case "CharDelimiterSplit": self = .scalarSplit(try ScalarSplit(delimiter: field))
        case "FixedLength": self = .fixedLength(try FixedLength(field))
        case "Punctuation": self = .scalarSplit(try ScalarSplit(punctuation: field))
        case "Whitespace": self = .whitespace(Whitespace())
        case "Digits": self = .digits(try DigitsPreTokenizer(field))
        case "Sequence": self = .sequence(try PreTokenizerSequence(field))
        case "Split": self = .split(try SplitPreTokenizer(field))
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// The stage that rewrites words once they are split, if there is one; it is the last.
    var metaspace: Metaspace? {
        switch self {
        case .metaspace(let preTokenizer): preTokenizer
        case .sequence(let preTokenizer): preTokenizer.metaspace
        case .bert, .byteLevel, .digits, .fixedLength, .scalarSplit, .split, .whitespace, .whitespaceSplit: nil
        }
    }

    /// Whether the model gets a word's bytes, which its vocabulary spells in the characters of ``ByteAlphabet``.
    var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let preTokenizer): preTokenizer.isByteLevel
        case .bert, .digits, .fixedLength, .metaspace, .scalarSplit, .split, .whitespace, .whitespaceSplit: false
        }
    }

    /// Whether a piece of text that doesn't begin with a space gets one.
    var addsPrefixSpace: Bool {
        switch self {
        case .byteLevel(let preTokenizer): preTokenizer.addsPrefixSpace
        case .sequence(let preTokenizer): preTokenizer.addsPrefixSpace
        case .bert, .digits, .fixedLength, .metaspace, .scalarSplit, .split, .whitespace, .whitespaceSplit: false
        }
    }

    /// Whether text behind a range can do no more to its last word than go on with it.
    var onlyLengthensLastWord: Bool {
        switch self {
        case .bert, .digits, .fixedLength, .metaspace, .scalarSplit, .whitespace, .whitespaceSplit: true
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
        case .bert, .fixedLength, .metaspace, .scalarSplit, .whitespace, .whitespaceSplit:
            let firstWord = words.count
            splitWords(text, range, into: &words)
            return words.count > firstWord ? words[words.count - 1].lowerBound : range.upperBound
        case .byteLevel(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .digits(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .sequence(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        case .split(let preTokenizer): return preTokenizer.split(text, range, into: &words)
        }
    }

    /// Appends the words of a range for those whose last word only gets longer.
    private func splitWords(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        switch self {
        case .bert(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .fixedLength(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .metaspace(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .scalarSplit(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .whitespace(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .whitespaceSplit(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .byteLevel, .digits, .sequence, .split: return
        }
    }
}
