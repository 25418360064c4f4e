// SPDX-License-Identifier: Apache-2.0

/// The steps that split patterns are made of, each from a position to the end of a range of UTF-8.
struct PatternSteps: Sendable {
    private let ascii: [ScalarClass] = (0..<128).map { ScalarClass($0) }

    /// The class of the scalar at a position, and its bytes.
    @inline(__always)
    func scalar(_ text: Span<UInt8>, at position: Int) -> (kind: ScalarClass, length: Int) {
        let byte = text[position]
        if byte < 0x80 { return (ascii[Int(byte)], 1) }
        let (scalar, length) = UTF8Decoding.scalar(text, at: position)
        return (ScalarClass(scalar), length)
    }

    /// Where the run of scalars of a class ends that begins at a position.
    @inline(__always)
    func run(_ text: Span<UInt8>, _ range: Range<Int>, of isMember: (ScalarClass) -> Bool) -> Int {
        let ascii = ascii.span
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = text[position]
            if byte < 0x80 {
                guard isMember(ascii[Int(byte)]) else { break }
                position += 1
            } else {
                let (scalar, length) = UTF8Decoding.scalar(text, at: position)
                guard isMember(ScalarClass(scalar)) else { break }
                position += length
            }
        }
        return position
    }

    /// At most `limit` numbers, of which the first is known: `\p{N}{1,limit}`.
    func numbers(_ text: Span<UInt8>, _ range: Range<Int>, limit: Int) -> Int {
        var position = range.lowerBound
        for _ in 0..<limit where position < range.upperBound {
            let (kind, length) = scalar(text, at: position)
            guard kind.isNumber else { break }
            position += length
        }
        return position
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`: where it ends, if it stands there.
    func contraction(_ text: Span<UInt8>, _ range: Range<Int>, ignoresCase: Bool) -> Int? {
        let start = range.lowerBound
        guard range.count > 1, text[start] == UInt8(ascii: "'") else { return nil }
        let mask: UInt8 = ignoresCase ? 0x20 : 0
        let first = text[start + 1] | mask
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
            guard range.count > 2 else { return nil }
            let second = first == UInt8(ascii: "l") ? UInt8(ascii: "l") : UInt8(ascii: "e")
            return text[start + 2] | mask == second ? start + 3 : nil
        default:
            // "ſ", which is an "s" when case is ignored.
            guard ignoresCase, range.count > 2, text[start + 1] == 0xC5, text[start + 2] == 0xBF else { return nil }
            return start + 3
        }
    }

    /// `\s+(?!\S)|\s+` where white space stands: all of it at the end of the range, else all but its last scalar.
    func whitespace(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let end = run(text, range) { $0.isWhitespace }
        if end == range.upperBound { return end }
        let last = UTF8Decoding.previousStart(text, before: end)
        return last > range.lowerBound ? last : end
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+` where white space stands: up to its last line break if it has one.
    func lines(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var lastBreak = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            let (kind, length) = scalar(text, at: position)
            guard kind.isWhitespace else { break }
            position += length
            if kind.isNewline { lastBreak = position }
        }
        return lastBreak > range.lowerBound ? lastBreak : whitespace(text, range)
    }
}
