// SPDX-License-Identifier: Apache-2.0

/// Splits at single scalars of a kind: `Punctuation` at every punctuation mark, `CharDelimiterSplit` at one character.
struct ScalarSplit: Sendable {
    private enum Delimiter: Sendable {
        case punctuation
        case scalar(UInt32)
    }

    private let delimiter: Delimiter
    private let behavior: SplitBehavior
    private let tables = UnicodeTables.shared

    /// Reads `Punctuation`, which leaves every mark as a word unless it says otherwise.
    init(punctuation field: TokenizerField) throws(TokenizerError) {
        delimiter = .punctuation
        behavior = if let field = try field.optional("behavior") { try SplitBehavior(field) } else { .isolated }
    }

    /// Reads `CharDelimiterSplit`, which removes the character.
    init(delimiter field: TokenizerField) throws(TokenizerError) {
        let member = try field.member("delimiter")
        let scalars = try member.string().unicodeScalars
        guard let scalar = scalars.first, scalars.count == 1 else {
            throw .invalid(key: member.path, reason: "is not one character")
        }
        delimiter = .scalar(scalar.value)
        behavior = .removed
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        let text = text.bytes.span
        var sorter = SplitBehavior.Sorter(behavior)
        var start = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if isDelimiter(scalar) {
                if start < position { sorter.add(start..<position, isMatch: false, to: &words) }
                sorter.add(position..<position + length, isMatch: true, to: &words)
                start = position + length
            }
            position += length
        }
        if start < position { sorter.add(start..<position, isMatch: false, to: &words) }
        sorter.finish(&words)
    }

    private func isDelimiter(_ scalar: UInt32) -> Bool {
        switch delimiter {
        case .punctuation: tables.properties(of: scalar).isPunctuation
        case .scalar(let delimiter): scalar == delimiter
        }
    }
}
