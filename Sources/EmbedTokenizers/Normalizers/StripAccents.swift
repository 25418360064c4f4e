// SPDX-License-Identifier: Apache-2.0

/// Drops marks of every kind, spacing and enclosing ones too; what is composed with its accent keeps it.
struct StripAccents: Sendable {
    private let forms = UnicodeForms.shared

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if !forms.properties(of: scalar).isCombiningMark {
                output.append(scalar, from: position..<position + length)
            }
            position += length
        }
    }
}
