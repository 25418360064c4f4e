// SPDX-License-Identifier: Apache-2.0

/// Replaces every occurrence of a text by another; regular expressions are refused.
struct Replace: Sendable {
    private let pattern: [UInt8]
    private let content: [UInt32]

    init(_ field: TokenizerField) throws(TokenizerError) {
        pattern = try LiteralPattern.read(try field.member("pattern"))
        content = try field.member("content").string().unicodeScalars.map(\.value)
    }

    /// All of a replacement comes from the last character it replaces.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var position = range.lowerBound
        while position < range.upperBound {
            guard let match = LiteralPattern.firstMatch(of: pattern, in: text, position..<range.upperBound) else {
                output.append(text, position..<range.upperBound)
                return
            }
            output.append(text, position..<match.lowerBound)
            let last = UTF8Decoding.previousStart(text, before: match.upperBound)
            for scalar in content { output.append(scalar, from: last..<match.upperBound) }
            position = match.upperBound
        }
    }

    /// No match may span the boundary.
    func isBoundary(before scalar: UInt32) -> Bool {
        !scalars(of: pattern).dropFirst().contains(scalar)
    }

    /// The scalar that begins what `scalar` becomes; nothing when that depends on what follows.
    func leadingScalar(of scalar: UInt32) -> UInt32? {
        let scalars = scalars(of: pattern)
        guard scalars.first == scalar else { return scalar }
        return scalars.count == 1 ? content.first : nil
    }

    private func scalars(of text: [UInt8]) -> [UInt32] {
        String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
    }
}
