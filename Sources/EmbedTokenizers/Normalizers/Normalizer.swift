// SPDX-License-Identifier: Apache-2.0

/// Rewrites text before it is split into words; one case a `type` in tokenizer.json.
enum Normalizer: Sendable {
    case bert(BertNormalizer)
    case lowercase(Lowercase)
    case nmt(Nmt)
    case precompiled(Precompiled)
    case prepend(Prepend)
    case replace(Replace)
    case sequence(NormalizerSequence)
    case strip(Strip)
    case stripAccents(StripAccents)
    case unicodeForm(UnicodeNormalForm)

    static let supported = [
        "BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Prepend", "Replace",
        "Sequence", "Strip", "StripAccents",
    ]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let type = try field.member("type")
        switch try type.string() {
        case "BertNormalizer": self = .bert(try BertNormalizer(field))
        case "Lowercase": self = .lowercase(Lowercase())
        case "NFC": self = .unicodeForm(UnicodeNormalForm(composes: true, isCompatible: false))
        case "NFD": self = .unicodeForm(UnicodeNormalForm(composes: false, isCompatible: false))
        case "NFKC": self = .unicodeForm(UnicodeNormalForm(composes: true, isCompatible: true))
        case "NFKD": self = .unicodeForm(UnicodeNormalForm(composes: false, isCompatible: true))
        case "Nmt": self = .nmt(Nmt())
        case "Precompiled": self = .precompiled(try Precompiled(field))
        case "Prepend": self = .prepend(try Prepend(field))
        case "Replace": self = .replace(try Replace(field))
        case "Sequence": self = .sequence(try NormalizerSequence(field))
        case "Strip": self = .strip(try Strip(field))
        case "StripAccents": self = .stripAccents(StripAccents())
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// Whether upper-case and lower-case text become the same.
    var lowercases: Bool {
        switch self {
        case .bert(let normalizer): normalizer.lowercases
        case .lowercase: true
        case .precompiled(let normalizer): normalizer.lowercases
        case .sequence(let normalizer): normalizer.normalizers.contains { $0.lowercases }
        case .nmt, .prepend, .replace, .strip, .stripAccents, .unicodeForm: false
        }
    }

    /// Whether sources of a text depend on what stands far before it, so that aligned text can't be cut.
    var alignsFromTheStart: Bool {
        switch self {
        case .precompiled: true
        case .sequence(let normalizer): normalizer.normalizers.contains { $0.alignsFromTheStart }
        case .bert, .lowercase, .nmt, .prepend, .replace, .strip, .stripAccents, .unicodeForm: false
        }
    }

    /// Appends a normalised range of `text` to `output`, aligned with positions in `text`.
    ///
    /// `isStart` says whether the range begins a text, or a piece between added tokens, rather than going on with one.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, isStart: Bool, to output: inout AlignedText) {
        switch self {
        case .bert(let normalizer): normalizer.append(text, range, to: &output)
        case .lowercase(let normalizer): normalizer.append(text, range, to: &output)
        case .nmt(let normalizer): normalizer.append(text, range, to: &output)
        case .precompiled(let normalizer): normalizer.append(text, range, to: &output)
        case .prepend(let normalizer): normalizer.append(text, range, isStart: isStart, to: &output)
        case .replace(let normalizer): normalizer.append(text, range, to: &output)
        case .sequence(let normalizer): normalizer.append(text, range, isStart: isStart, to: &output)
        case .strip(let normalizer): normalizer.append(text, range, to: &output)
        case .stripAccents(let normalizer): normalizer.append(text, range, to: &output)
        case .unicodeForm(let normalizer): normalizer.append(text, range, to: &output)
        }
    }

    /// The last position in a range, its lower bound excluded, at which the text can be cut without changing the result.
    func lastBoundary(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var position = range.upperBound
        while position > range.lowerBound {
            position = UTF8Decoding.scalarStart(text, atOrBefore: position)
            guard position > range.lowerBound else { return nil }
            if position == text.count || isBoundary(text, at: position) { return position }
            position -= 1
        }
        return nil
    }

    /// Either nothing before the scalar there matters, or two letters stand there that no stage looks beyond.
    private func isBoundary(_ text: Span<UInt8>, at position: Int) -> Bool {
        let next = UTF8Decoding.scalar(text, at: position).scalar
        if isBoundary(before: next) { return true }
        guard Self.isPlain(next), isInert(next) else { return false }
        let previous = UTF8Decoding.scalar(text, at: UTF8Decoding.previousStart(text, before: position)).scalar
        return Self.isPlain(previous) && isInert(previous)
    }

    /// Whether text can be cut before a scalar whatever stands before it; false where that is not known.
    func isBoundary(before scalar: UInt32) -> Bool {
        switch self {
        case .bert(let normalizer): normalizer.isBoundary(before: scalar)
        case .prepend: true
        case .replace(let normalizer): normalizer.isBoundary(before: scalar)
        case .sequence(let normalizer): normalizer.isBoundary(before: scalar)
        case .unicodeForm(let normalizer): normalizer.isBoundary(before: scalar)
        case .lowercase, .nmt, .precompiled, .strip, .stripAccents: false
        }
    }

    /// The scalar that begins what `scalar` becomes behind a boundary; nothing when that is not known.
    func leadingScalar(of scalar: UInt32) -> UInt32? {
        switch self {
        case .bert(let normalizer): normalizer.leadingScalar(of: scalar)
        case .prepend: scalar
        case .replace(let normalizer): normalizer.leadingScalar(of: scalar)
        case .sequence(let normalizer): normalizer.leadingScalar(of: scalar)
        case .unicodeForm: scalar < 0x80 ? scalar : nil
        case .lowercase, .nmt, .precompiled, .strip, .stripAccents: nil
        }
    }

    /// Whether a scalar is a letter or digit that forms no cluster with another of the kind and composes with none.
    private static func isPlain(_ scalar: UInt32) -> Bool {
        let properties = UnicodeTables.shared.properties(of: scalar)
        return properties.isWord && properties.combiningClass == 0
            && UnicodeForms.shared.properties(of: scalar).graphemeClass.standsAlone
    }

    /// Whether a plain scalar becomes a plain scalar first or last in what it becomes, and text can be cut between two such.
    ///
    /// Between two of them, because then white space at the ends of a text is where it was, and no pattern reaches across.
    func isInert(_ scalar: UInt32) -> Bool {
        switch self {
        case .bert(let normalizer): normalizer.isInert(scalar)
        case .lowercase(let normalizer): normalizer.isInert(scalar)
        case .prepend, .strip, .stripAccents: true
        case .nmt(let normalizer): normalizer.isInert(scalar)
        case .precompiled(let normalizer): normalizer.isInert(scalar)
        case .replace(let normalizer): normalizer.isInert(scalar)
        case .sequence(let normalizer): normalizer.normalizers.allSatisfy { $0.isInert(scalar) }
        case .unicodeForm(let normalizer): normalizer.isInert(scalar)
        }
    }
}
