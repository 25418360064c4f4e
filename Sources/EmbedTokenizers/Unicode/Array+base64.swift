// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

extension Array where Element: FixedWidthInteger & UnsignedInteger {
    /// The little-endian numbers of `width` bytes that a generated table holds in base64.
    init(base64 text: String, width: Int) {
        var text = text
        self = text.withUTF8 { text in
            let bytes: [UInt8]
            do throws(Base64.Fault) {
                bytes = try Base64.decode(text.span)
            } catch {
                preconditionFailure("a generated table is not base64: \(error)")
            }
            return stride(from: 0, to: bytes.count, by: width).map { start in
                var number: Element = 0
                for place in (start..<start + width).reversed() { number = number << 8 | Element(bytes[place]) }
                return number
            }
        }
    }
}
