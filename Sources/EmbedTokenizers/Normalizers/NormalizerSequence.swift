// SPDX-License-Identifier: Apache-2.0

/// Normalizers one after the other.
struct NormalizerSequence: Sendable {
    let normalizers: [Normalizer]

    init(_ normalizers: [Normalizer]) { self.normalizers = normalizers }

    init(_ field: TokenizerField) throws(TokenizerError) {
        var normalizers: [Normalizer] = []
        for element in try field.member("normalizers").elements() { normalizers.append(try Normalizer(element)) }
        self.normalizers = normalizers
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, isStart: Bool, to output: inout AlignedText) {
        var current = AlignedText(isAligned: output.isAligned)
        if let first = normalizers.first {
            first.append(text, range, isStart: isStart, to: &current)
        } else {
            current.append(text, range)
        }
        for normalizer in normalizers.dropFirst() {
            var next = AlignedText(isAligned: output.isAligned)
            normalizer.append(current.bytes.span, 0..<current.count, isStart: isStart, to: &next)
            next.realign(through: current)
            current = next
        }
        output.append(current)
    }

    /// Only where every normalizer is known to find the boundary that the one before it has left.
    func isBoundary(before scalar: UInt32) -> Bool {
        var current = scalar
        for (index, normalizer) in normalizers.enumerated() {
            guard normalizer.isBoundary(before: current) else { return false }
            if index == normalizers.count - 1 { break }
            guard let next = normalizer.leadingScalar(of: current) else { return false }
            current = next
        }
        return true
    }

    func leadingScalar(of scalar: UInt32) -> UInt32? {
        var current = scalar
        for normalizer in normalizers {
            guard let next = normalizer.leadingScalar(of: current) else { return nil }
            current = next
        }
        return current
    }
}
