// SPDX-License-Identifier: Apache-2.0

import EmbedDevices

/// How near the vectors of a model with narrow weights are to those of the same model in float32.
///
/// Measured while the model loads, on ``ProbeTexts``.
package struct Fidelity: Sendable, Equatable, CustomStringConvertible {
    /// The smallest cosine between a text's two vectors.
    package let worstCosine: Double
    /// The mean of the cosines.
    package let meanCosine: Double

    /// Below this a model is refused: its neighbours in a search would be others.
    package static let smallestCosine = 0.99

    package var description: String { "worst \(worstCosine), mean \(meanCosine)" }

    /// Compares two vectors of each text; at least one.
    init(_ narrow: VectorBatch, _ reference: VectorBatch) {
        let cosines = (0..<reference.count).map { Self.cosine(narrow[$0], reference[$0]) }
        worstCosine = cosines.min() ?? 1
        meanCosine = cosines.reduce(0, +) / Double(max(cosines.count, 1))
    }

    private static func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        var (dot, squaredA, squaredB) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            squaredA += Double(x) * Double(x)
            squaredB += Double(y) * Double(y)
        }
        let lengths = (squaredA * squaredB).squareRoot()
        // Two vectors without a direction are the same vector.
        return lengths > 0 ? dot / lengths : squaredA == squaredB ? 1 : 0
    }
}
