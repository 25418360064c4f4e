// SPDX-License-Identifier: Apache-2.0

/// Normalizers one after the other.
struct NormalizerSequence: Sendable {
    let normalizers: [Normalizer]

    init(_ field: TokenizerField) throws(TokenizerError) {
        var normalizers: [Normalizer] = []
        for element in try field.member("normalizers").elements() { normalizers.append(try Normalizer(element)) }
        self.normalizers = normalizers
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var current = AlignedText(isAligned: output.isAligned)
        if let first = normalizers.first {
            first.append(text, range, to: &current)
        } else {
            current.append(text, range)
        }
        for normalizer in normalizers.dropFirst() {
            var next = AlignedText(isAligned: output.isAligned)
            normalizer.append(current.bytes.span, 0..<current.count, to: &next)
            next.realign(through: current)
            current = next
        }
        output.append(current)
    }
}
