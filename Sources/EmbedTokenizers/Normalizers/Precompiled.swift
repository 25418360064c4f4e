// SPDX-License-Identifier: Apache-2.0

/// Replacement by a compiled table, as SentencePiece normalises.
///
/// Follows `Precompiled` of Hugging Face `tokenizers`: a grapheme cluster of fewer than six bytes is looked up as a whole,
/// and what is not found, or longer, scalar by scalar.
struct Precompiled: Sendable {
    /// Clusters of more bytes are looked up scalar by scalar.
    private static let longestCluster = 5

    private let charsmap: Charsmap
    private let forms = UnicodeForms.shared
    /// What each ASCII byte becomes among other ASCII; 0xFF when it is not one byte.
    private let asciiMapping: [UInt8]

    init(_ field: TokenizerField) throws(TokenizerError) {
        charsmap = try Charsmap(try field.member("precompiled_charsmap"))
        let charsmap = charsmap
        asciiMapping = (0..<128 as Range<UInt8>).map { byte in
            // A return may be one cluster with the newline after it.
            if byte == 0x0D { return 0xFF }
            let text = [byte]
            guard let replacement = charsmap.replacement(for: text.span, 0..<1) else { return byte }
            guard replacement.count == 1, charsmap.bytes[replacement.lowerBound] < 0x80 else { return 0xFF }
            return charsmap.bytes[replacement.lowerBound]
        }
    }

    /// Whether upper-case letters become lower-case ones.
    var lowercases: Bool { asciiMapping[0x41] == 0x61 }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var run = ReplacementRun(range)
        var position = range.lowerBound
        while position < range.upperBound {
            if !output.isAligned, text[position] < 0x80 {
                let end = endOfPlainASCII(text, position..<range.upperBound)
                if end > position {
                    position = output.appendASCII(text, position..<end, mapping: asciiMapping)
                    continue
                }
            }
            position = appendCluster(text, position..<range.upperBound, run: &run, to: &output)
        }
        run.finish(text, to: &output)
    }

    /// Whether a letter or digit stays one, lowercased before or not.
    func isInert(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 {
            return isLetterOrDigit(asciiMapping[Int(scalar)]) && isLetterOrDigit(asciiMapping[Int(scalar | 0x20)])
        }
        var utf8 = AlignedText(isAligned: false)
        utf8.append(scalar, from: 0..<0)
        return charsmap.replacement(for: utf8.bytes.span, 0..<utf8.count) == nil
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
    }

    /// Where the ASCII at the start of a range ends of which every byte becomes another, whatever stands around it.
    private func endOfPlainASCII(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let mapping = asciiMapping.span
        var end = range.lowerBound
        while end < range.upperBound, text[end] < 0x80, mapping[Int(text[end])] != 0xFF { end += 1 }
        // What follows may be a mark on the last byte.
        if end < range.upperBound, end > range.lowerBound, text[end] >= 0x80 { end -= 1 }
        return end
    }

    /// Appends what the first grapheme cluster of a range becomes.
    ///
    /// - Returns: Where the cluster ends.
    private func appendCluster(
        _ text: Span<UInt8>, _ range: Range<Int>, run: inout ReplacementRun, to output: inout AlignedText
    ) -> Int {
        let (first, length) = UTF8Decoding.scalar(text, at: range.lowerBound)
        var cluster = GraphemeCluster(forms.properties(of: first).graphemeClass)
        var byteCount = Self.byteCount(of: first)
        var scalarCount = 1
        var end = range.lowerBound + length
        while end < range.upperBound {
            let (next, length) = UTF8Decoding.scalar(text, at: end)
            guard cluster.takes(forms.properties(of: next).graphemeClass) else { break }
            byteCount += Self.byteCount(of: next)
            scalarCount += 1
            end += length
        }
        if byteCount <= Self.longestCluster,
            let replacement = charsmap.replacement(for: text, range.lowerBound..<end)
        {
            run.replace(scalarCount, by: charsmap.bytes.span, replacement, text, to: &output)
            return end
        }
        var position = range.lowerBound
        while position < end {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            let source = position..<position + length
            if let replacement = charsmap.replacement(for: text, source) {
                run.replace(1, by: charsmap.bytes.span, replacement, text, to: &output)
            } else {
                run.append(scalar, change: 0, text, to: &output)
            }
            position += length
        }
        return end
    }

    /// Bytes of a scalar's UTF-8; a byte that is not counts as the U+FFFD it becomes.
    private static func byteCount(of scalar: UInt32) -> Int {
        scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
    }
}
