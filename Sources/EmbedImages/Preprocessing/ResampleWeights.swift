// SPDX-License-Identifier: Apache-2.0

/// For each place of a resized row or column, which pixels of the source it is made of, and how much of each.
///
/// Follows `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's Resample.c, for the places in `window` alone.
struct ResampleWeights {
    /// Pillow's `PRECISION_BITS`: weights are whole numbers of 2⁻²², which leaves two bits above eight of a pixel.
    static let fractionBits: Int32 = 22

    /// For each place, its first pixel.
    private(set) var starts: [Int] = []
    /// For each place, where its weights begin in ``weights``; one more marks the end.
    private(set) var offsets: [Int] = [0]
    private(set) var weights: [Int32] = []

    /// The weights of the places in `window`, of `outputCount`.
    init(_ filter: ResampleFilter, from inputCount: Int, to outputCount: Int, window: Range<Int>) {
        let scale = Double(inputCount) / Double(outputCount)
        let filterScale = max(scale, 1)
        let support = filter.support * filterScale
        let inverse = 1 / filterScale
        starts.reserveCapacity(window.count)
        offsets.reserveCapacity(window.count + 1)
        var exact: [Double] = []
        for place in window {
            let center = (Double(place) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = min(inputCount, Int(center + support + 0.5))
            exact.removeAll(keepingCapacity: true)
            var sum = 0.0
            for position in start..<max(start, end) {
                let weight = filter.weight(at: (Double(position) - center + 0.5) * inverse)
                exact.append(weight)
                sum += weight
            }
            for weight in exact {
                let scaled = (sum != 0 ? weight / sum : weight) * Double(1 << Self.fractionBits)
                weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
            }
            starts.append(start)
            offsets.append(weights.count)
        }
    }

    /// The pixels of the source that any place is made of.
    var sourceRange: Range<Int> {
        var (first, end) = (Int.max, 0)
        for index in starts.indices where offsets[index] < offsets[index + 1] {
            first = min(first, starts[index])
            end = max(end, starts[index] + offsets[index + 1] - offsets[index])
        }
        return first < end ? first..<end : 0..<0
    }

    /// The same with every place's pixels counted from `first`.
    func shifted(by first: Int) -> ResampleWeights {
        var shifted = self
        for index in starts.indices { shifted.starts[index] -= first }
        return shifted
    }
}
