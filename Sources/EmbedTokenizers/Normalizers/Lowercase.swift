// SPDX-License-Identifier: Apache-2.0

/// Lowercases scalar by scalar: "İ" becomes "i̇", and a final sigma is not special.
struct Lowercase: Sendable {
    private let tables = UnicodeTables.shared
    private static let asciiMapping = (0..<128 as Range<UInt8>).map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var position = range.lowerBound
        while position < range.upperBound {
            if text[position] < 0x80 {
                position = output.appendASCII(text, position..<range.upperBound, mapping: Self.asciiMapping)
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            let source = position..<position + length
            let properties = tables.properties(of: scalar)
            if properties.hasLowercase {
                for lower in tables.lowercase(properties) { output.append(lower, from: source) }
            } else {
                output.append(scalar, from: source)
            }
            position += length
        }
    }

    func isInert(_ scalar: UInt32) -> Bool { scalar < 0x80 || !tables.properties(of: scalar).hasLowercase }
}
