// SPDX-License-Identifier: Apache-2.0

/// Base64 (RFC 4648, section 4), as the tables of tokenizer.json are written.
package enum Base64 {
    /// The bytes of a text in the standard alphabet, padded; nothing when it is not that.
    static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var (sextets, bitCount): (UInt32, UInt32) = (0, 0)
        for position in 0..<end {
            guard let sextet = sextet(text[position]) else { return nil }
            sextets = sextets << 6 | sextet
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: sextets >> bitCount))
        }
        return bytes
    }

    /// Bytes in the standard alphabet, padded.
    package static func encode(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let group = bytes[position..<min(position + 3, bytes.endIndex)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                let shift = UInt32(18 - 6 * digit)
                text.append(digit <= group.count ? digits[Int(bits >> shift & 63)] : UInt8(ascii: "="))
            }
            position += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The value of a digit.
    @inline(__always)
    static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
