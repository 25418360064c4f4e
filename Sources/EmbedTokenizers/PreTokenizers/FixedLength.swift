// SPDX-License-Identifier: Apache-2.0

/// Splits into words of a fixed number of scalars; the last one may be shorter.
struct FixedLength: Sendable {
    private let length: Int

    init(_ field: TokenizerField) throws(TokenizerError) {
        length = try field.optional("length")?.int(in: 1...1 << 20) ?? 5
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        let text = text.bytes.span
        var start = range.lowerBound
        var position = range.lowerBound
        var count = 0
        while position < range.upperBound {
            position += UTF8Decoding.scalar(text, at: position).length
            count += 1
            guard count == length else { continue }
            words.append(start..<position)
            start = position
            count = 0
        }
        if start < position { words.append(start..<position) }
    }
}
