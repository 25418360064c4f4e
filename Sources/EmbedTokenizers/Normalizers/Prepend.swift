// SPDX-License-Identifier: Apache-2.0

/// Puts a text in front, such as SentencePiece's "▁"; an empty text stays empty.
struct Prepend: Sendable {
    private let scalars: [UInt32]

    init(_ field: TokenizerField) throws(TokenizerError) {
        scalars = try field.member("prepend").string().unicodeScalars.map(\.value)
    }

    /// What is put in front comes from the first character of the text.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, isStart: Bool, to output: inout AlignedText) {
        if isStart, !range.isEmpty {
            let length = UTF8Decoding.scalar(text, at: range.lowerBound).length
            for scalar in scalars { output.append(scalar, from: range.lowerBound..<range.lowerBound + length) }
        }
        output.append(text, range)
    }
}
