// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648, section 4): how JSON carries bytes.
package enum Base64 {
    static let padding = UInt8(ascii: "=")

    /// Appends `bytes` to `output`.
    ///
    /// `Span.bytes` of floats are float32 in little-endian order, as every processor that this is built for has them.
    /// - Complexity: O(bytes); allocates nothing but `output`'s growth.
    package static func append(_ bytes: RawSpan, to output: inout [UInt8]) {
        let (count, start) = (bytes.byteCount, output.count)
        output.append(contentsOf: repeatElement(padding, count: (count + 2) / 3 * 4))
        var target = output.mutableSpan
        var text = target.mutableBytes
        var (position, place) = (0, start)
        // Eight bytes are read at once, and the six that come first are used.
        while count - position >= 8 {
            let word = UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
            text.storeBytes(of: characters(of: word >> 16).bigEndian, toByteOffset: place, as: UInt64.self)
            position += 6
            place += 8
        }
        while position < count {
            let group = position..<min(position + 6, count)
            var word: UInt64 = 0
            for byte in group { word = word << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: byte, as: UInt8.self)) }
            let characters = characters(of: word << UInt64((6 - group.count) * 8))
            // What is left of the last group of four stays padding.
            for index in 0..<(group.count * 4 + 2) / 3 {
                let character = UInt8(truncatingIfNeeded: characters >> UInt64(56 - index * 8))
                text.storeBytes(of: character, toByteOffset: place + index, as: UInt8.self)
            }
            position += 6
            place += 8
        }
    }

    /// A text of `bytes`.
    package static func text(of bytes: RawSpan) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The eight characters of the 48 low bits, the first in the highest byte; all are computed at once, a byte each.
    @inline(__always)
    private static func characters(of bits: UInt64) -> UInt64 {
        let halves = bits << 8 & 0x00FF_FFFF_0000_0000 | bits & 0x0000_0000_00FF_FFFF
        let quarters = halves << 4 & 0x0FFF_0000_0FFF_0000 | halves & 0x0000_0FFF_0000_0FFF
        let values = quarters << 2 & 0x3F00_3F00_3F00_3F00 | quarters & 0x003F_003F_003F_003F
        /// 1 in each byte whose value is at least `limit`.
        @inline(__always) func reaching(_ limit: UInt64) -> UInt64 {
            (values &+ ones &* (128 - limit)) >> 7 & ones
        }
        // The distance from a value to its character changes at "a", "0", "+" and "/".
        let letters = values &+ ones &* UInt64(UInt8(ascii: "A")) &+ reaching(26) &* 6
        return letters &- reaching(52) &* 75 &- reaching(62) &* 15 &+ reaching(63) &* 3
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
}
