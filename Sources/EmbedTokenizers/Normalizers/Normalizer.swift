// SPDX-License-Identifier: Apache-2.0

/// Rewrites text before it is split into words; one case a `type` in tokenizer.json.
enum Normalizer: Sendable {
    case bert(BertNormalizer)
    case nfc(NFC)
    case prepend(Prepend)
    case replace(Replace)
    case sequence(NormalizerSequence)

    static let supported = ["BertNormalizer", "NFC", "Prepend", "Replace", "Sequence"]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let type = try field.member("type")
        switch try type.string() {
        case "BertNormalizer": self = .bert(try BertNormalizer(field))
        case "NFC": self = .nfc(NFC())
        case "Prepend": self = .prepend(try Prepend(field))
        case "Replace": self = .replace(try Replace(field))
        case "Sequence": self = .sequence(try NormalizerSequence(field))
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// Whether upper-case and lower-case text become the same.
    var lowercases: Bool {
        switch self {
        case .bert(let normalizer): normalizer.lowercases
        case .nfc, .prepend, .replace: false
        case .sequence(let normalizer): normalizer.normalizers.contains { $0.lowercases }
        }
    }

    /// Appends a normalised range of `text` to `output`, aligned with positions in `text`.
    ///
    /// `isStart` says whether the range begins a text, or a piece between added tokens, rather than going on with one.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, isStart: Bool, to output: inout AlignedText) {
        switch self {
        case .bert(let normalizer): normalizer.append(text, range, to: &output)
        case .nfc(let normalizer): normalizer.append(text, range, to: &output)
        case .prepend(let normalizer): normalizer.append(text, range, isStart: isStart, to: &output)
        case .replace(let normalizer): normalizer.append(text, range, to: &output)
        case .sequence(let normalizer): normalizer.append(text, range, isStart: isStart, to: &output)
        }
    }

    /// The last position in a range, its lower bound excluded, at which the text can be cut without changing the result.
    func lastBoundary(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var position = range.upperBound
        while position > range.lowerBound {
            position = UTF8Decoding.scalarStart(text, atOrBefore: position)
            guard position > range.lowerBound else { return nil }
            if position == text.count || isBoundary(before: UTF8Decoding.scalar(text, at: position).scalar) {
                return position
            }
            position -= 1
        }
        return nil
    }

    /// Whether text can be cut before a scalar whatever stands before it.
    func isBoundary(before scalar: UInt32) -> Bool {
        switch self {
        case .bert(let normalizer): normalizer.isBoundary(before: scalar)
        case .nfc(let normalizer): normalizer.isBoundary(before: scalar)
        case .prepend: true
        case .replace(let normalizer): normalizer.isBoundary(before: scalar)
        case .sequence(let normalizer): normalizer.isBoundary(before: scalar)
        }
    }

    /// The scalar that begins what `scalar` becomes behind a boundary; nothing when that is not known.
    func leadingScalar(of scalar: UInt32) -> UInt32? {
        switch self {
        case .bert(let normalizer): normalizer.leadingScalar(of: scalar)
        case .nfc: scalar < 0x80 ? scalar : nil
        case .prepend: scalar
        case .replace(let normalizer): normalizer.leadingScalar(of: scalar)
        case .sequence(let normalizer): normalizer.leadingScalar(of: scalar)
        }
    }
}
