// SPDX-License-Identifier: Apache-2.0

/// Drops control characters and makes spaces of what is like one.
///
/// Follows `Nmt` of Hugging Face `tokenizers`, SentencePiece's rules of that name; its lists are complete here.
struct Nmt: Sendable {
    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if !Self.isRemoved(scalar) {
                output.append(Self.isSpace(scalar) ? 0x20 : scalar, from: position..<position + length)
            }
            position += length
        }
    }

    func isInert(_ scalar: UInt32) -> Bool { !Self.isRemoved(scalar) && !Self.isSpace(scalar) }

    private static func isRemoved(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
        default: false
        }
    }

    private static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: true
        default: false
        }
    }
}
