// SPDX-License-Identifier: Apache-2.0

/// Reading scalars from UTF-8 that is valid but for accidents: a byte that is not counts as U+FFFD, alone.
enum UTF8Decoding {
    /// The scalar that begins at `position`, and its bytes.
    @inline(__always)
    static func scalar(_ text: Span<UInt8>, at position: Int) -> (scalar: UInt32, length: Int) {
        let lead = UInt32(text[position])
        if lead < 0x80 { return (lead, 1) }
        if lead >= 0xC2, lead < 0xE0, position + 1 < text.count {
            let second = UInt32(text[position + 1])
            if second & 0xC0 == 0x80 { return ((lead & 0x1F) << 6 | second & 0x3F, 2) }
        } else if lead >= 0xE0, lead < 0xF0, position + 2 < text.count {
            let (second, third) = (UInt32(text[position + 1]), UInt32(text[position + 2]))
            let scalar = (lead & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
            if second & 0xC0 == 0x80, third & 0xC0 == 0x80, scalar >= 0x800, scalar & 0xF800 != 0xD800 {
                return (scalar, 3)
            }
        } else if lead >= 0xF0, lead < 0xF5, position + 3 < text.count {
            let (second, third, fourth) =
                (UInt32(text[position + 1]), UInt32(text[position + 2]), UInt32(text[position + 3]))
            let high = (lead & 0x07) << 18 | (second & 0x3F) << 12
            let scalar = high | (third & 0x3F) << 6 | fourth & 0x3F
            if second & 0xC0 == 0x80, third & 0xC0 == 0x80, fourth & 0xC0 == 0x80, scalar >= 0x10000, scalar < 0x110000
            {
                return (scalar, 4)
            }
        }
        return (0xFFFD, 1)
    }

    /// The start of the scalar that ends right before `position`, which must be above zero.
    static func previousStart(_ text: Span<UInt8>, before position: Int) -> Int {
        for length in 1...4 where length <= position {
            let start = position - length
            if text[start] & 0xC0 != 0x80 {
                // A lead byte whose scalar ends elsewhere does not belong to what follows it.
                return scalar(text, at: start).length == length ? start : position - 1
            }
        }
        return position - 1
    }

    /// `position` itself unless it stands inside a scalar, then that scalar's start.
    static func scalarStart(_ text: Span<UInt8>, atOrBefore position: Int) -> Int {
        guard position < text.count, text[position] & 0xC0 == 0x80 else { return position }
        for length in 1...3 where length <= position && text[position - length] & 0xC0 != 0x80 {
            return scalar(text, at: position - length).length > length ? position - length : position
        }
        return position
    }

    /// The end of a range once white space is taken off its end.
    static func trimmingWhitespace(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let tables = UnicodeTables.shared
        var end = range.upperBound
        while end > range.lowerBound {
            let start = previousStart(text, before: end)
            guard start >= range.lowerBound, tables.properties(of: scalar(text, at: start).scalar).isWhitespace else {
                break
            }
            end = start
        }
        return end
    }
}
