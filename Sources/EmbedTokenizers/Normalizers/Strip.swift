// SPDX-License-Identifier: Apache-2.0

/// Takes white space off the ends of a text.
struct Strip: Sendable {
    private let stripsLeft: Bool
    private let stripsRight: Bool

    init(_ field: TokenizerField) throws(TokenizerError) {
        stripsLeft = try field.member("strip_left").bool()
        stripsRight = try field.member("strip_right").bool()
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        let end = stripsRight ? UTF8Decoding.trimmingWhitespace(text, range) : range.upperBound
        var start = range.lowerBound
        while stripsLeft, start < end {
            let (scalar, length) = UTF8Decoding.scalar(text, at: start)
            guard UnicodeTables.shared.properties(of: scalar).isWhitespace else { break }
            start += length
        }
        output.append(text, start..<end)
    }
}
