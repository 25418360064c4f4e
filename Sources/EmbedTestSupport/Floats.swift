// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// The largest absolute difference; infinite when the counts differ or a value is NaN.
package func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}

extension Tensor {
    /// The elements of a float32 tensor.
    package var floats: [Float] {
        withBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }
}
