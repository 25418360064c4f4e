// SPDX-License-Identifier: Apache-2.0

/// Puts a text in front of every text that is not empty.
struct Prepend: Sendable {
    private let prefix: [UInt32]

    init(_ field: TokenizerField) throws(TokenizerError) {
        prefix = try field.member("prepend").string().unicodeScalars.map(\.value)
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        guard !range.isEmpty else { return }
        // The prefix comes from the scalar it is put in front of.
        let first = range.lowerBound..<range.lowerBound + UTF8Decoding.scalar(text, at: range.lowerBound).length
        for scalar in prefix { output.append(scalar, from: first) }
        output.append(text, range)
    }
}
