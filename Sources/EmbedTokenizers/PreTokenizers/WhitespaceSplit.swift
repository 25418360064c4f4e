// SPDX-License-Identifier: Apache-2.0

/// Splits at white space, which goes.
struct WhitespaceSplit: Sendable {
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        let text = text.bytes.span
        let tables = UnicodeTables.shared
        var wordStart = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = text[position]
            // Among ASCII white space is what lies from tab to return, and the space.
            if byte < 0x80, byte > 0x20 || byte < 0x09 || (byte > 0x0D && byte < 0x20) {
                position += 1
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if tables.properties(of: scalar).isWhitespace {
                if wordStart < position { words.append(wordStart..<position) }
                wordStart = position + length
            }
            position += length
        }
        if wordStart < position { words.append(wordStart..<position) }
    }
}
