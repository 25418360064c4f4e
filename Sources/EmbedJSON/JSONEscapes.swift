// SPDX-License-Identifier: Apache-2.0

/// The escapes of JSON strings.
enum JSONEscapes {
    /// Decodes the content of a string the parser has accepted, so every escape is known to be well formed.
    static func decode(_ bytes: Span<UInt8>, _ content: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var position = content.lowerBound
        while position < content.upperBound {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                position += 1
                continue
            }
            let escape = bytes[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = codeUnit(bytes, at: position)
                position += 4
                if scalar >= 0xD800, scalar < 0xDC00 {
                    let low = codeUnit(bytes, at: position + 2)
                    position += 6
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                }
                append(scalar, to: &result)
            default: result.append(escape)
            }
        }
        return result
    }

    /// The value of four hexadecimal digits.
    private static func codeUnit(_ bytes: Span<UInt8>, at position: Int) -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 { value = value << 4 | UInt32(hexValue(bytes[position + offset]) ?? 0) }
        return value
    }

    /// The value of one hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        guard let scalar = UnicodeScalar(scalar) else { return }
        bytes.append(contentsOf: String(scalar).utf8)
    }
}
