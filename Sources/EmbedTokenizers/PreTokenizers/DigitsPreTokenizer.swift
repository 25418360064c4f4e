// SPDX-License-Identifier: Apache-2.0

/// Splits digits from other text, one by one or run by run.
struct DigitsPreTokenizer: Sendable {
    private let isolatesEach: Bool
    private let tables = UnicodeTables.shared

    init(_ field: TokenizerField) throws(TokenizerError) {
        isolatesEach = try field.member("individual_digits").bool()
    }

    /// Appends the words of a range; see ``PreTokenizer/split(_:_:into:)``.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        let bytes = text.bytes.span
        var start = range.lowerBound
        var position = range.lowerBound
        var followsDigit = false
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(bytes, at: position)
            let isDigit = tables.properties(of: scalar).isNumeric
            if position > start, isDigit != followsDigit || isDigit && isolatesEach {
                words.append(start..<position)
                start = position
            }
            followsDigit = isDigit
            position += length
        }
        if start < range.upperBound { words.append(start..<range.upperBound) }
        return start
    }
}
