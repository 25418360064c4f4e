// SPDX-License-Identifier: Apache-2.0

/// Splits normalised text into words; one case a `type` in tokenizer.json.
enum PreTokenizer: Sendable {
    case bert(BertPreTokenizer)
    case metaspace(Metaspace)
    case sequence(PreTokenizerSequence)
    case whitespaceSplit(WhitespaceSplit)

    static let supported = ["BertPreTokenizer", "Metaspace", "Sequence", "WhitespaceSplit"]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let type = try field.member("type")
        switch try type.string() {
        case "BertPreTokenizer": self = .bert(BertPreTokenizer())
        case "Metaspace": self = .metaspace(try Metaspace(field))
        case "WhitespaceSplit": self = .whitespaceSplit(WhitespaceSplit())
        case "Sequence": self = .sequence(try PreTokenizerSequence(field))
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// The stage that rewrites words once they are split, if there is one; it is the last.
    var metaspace: Metaspace? {
        switch self {
        case .metaspace(let preTokenizer): preTokenizer
        case .sequence(let preTokenizer): preTokenizer.preTokenizers.last?.metaspace
        case .bert, .whitespaceSplit: nil
        }
    }

    /// Appends the words of a range of `text` to `words`, in order and without empty ones.
    ///
    /// Text that follows the range may change the last word only, and only by making it longer or splitting it.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        switch self {
        case .bert(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .metaspace(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .sequence(let preTokenizer): preTokenizer.split(text, range, into: &words)
        case .whitespaceSplit(let preTokenizer): preTokenizer.split(text, range, into: &words)
        }
    }
}
