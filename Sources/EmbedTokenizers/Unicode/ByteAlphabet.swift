// SPDX-License-Identifier: Apache-2.0

/// The characters by which byte-level vocabularies spell bytes: "Ġ" is a space.
///
/// Follows `bytes_to_unicode` of GPT-2's encoder.py: what is visible in Latin-1 stands for itself, the other bytes take
/// the characters from U+0100 on, in their order.
enum ByteAlphabet {
    /// The character of every byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0..<256 as Range<UInt32>).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte of every character below U+0144, or -1.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// The bytes that a token spells, in `output`.
    ///
    /// - Returns: Whether all its characters are of the alphabet.
    static func decode(_ token: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        output.removeAll(keepingCapacity: true)
        var position = 0
        while position < token.count {
            let (scalar, length) = UTF8Decoding.scalar(token, at: position)
            guard scalar < bytes.count, bytes[Int(scalar)] >= 0 else { return false }
            output.append(UInt8(bytes[Int(scalar)]))
            position += length
        }
        return true
    }

    /// Whether a byte occurs in UTF-8.
    static func isUTF8(_ byte: UInt8) -> Bool {
        byte < 0xC0 || byte > 0xC1 && byte < 0xF5
    }
}
