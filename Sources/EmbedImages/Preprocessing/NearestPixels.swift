// SPDX-License-Identifier: Apache-2.0

/// For each place of a resized row or column the one pixel of the source that it is, without any filter.
///
/// Follows `ImagingScaleAffine` of Pillow's Geometry.c, which adds the distances up one by one: where the sum's rounding
/// leaves the source, there is none.
enum NearestPixels {
    static func indices(from inputCount: Int, to outputCount: Int, window: Range<Int>) -> [Int?] {
        let step = Double(inputCount) / Double(outputCount)
        var position = step * 0.5
        var indices: [Int?] = []
        indices.reserveCapacity(window.count)
        for place in 0..<window.upperBound {
            if place >= window.lowerBound {
                let index = Int(position)
                indices.append(index < inputCount ? index : nil)
            }
            position += step
        }
        return indices
    }
}
