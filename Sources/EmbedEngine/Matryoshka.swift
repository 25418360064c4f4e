// SPDX-License-Identifier: Apache-2.0

/// How a vector is cut to fewer components.
package enum MatryoshkaPolicy: String, Sendable, CaseIterable {
    /// What is left is scaled to length 1 again, if the model's vectors have length 1: OpenAI's behaviour.
    case normalized
    /// The bare prefix.
    case plain
}

/// Cuts vectors to their first components.
///
/// Paper: arXiv 2205.13147.
package enum Matryoshka {
    /// The first `dimension` components of each vector in `batch`; scaled to length 1 when `normalizes`.
    ///
    /// A vector whose prefix is all zeros stays all zeros. Shapes: `[count, batch.dimension]` to `[count, dimension]`.
    package static func cut(_ values: [Float], from full: Int, to dimension: Int, normalizes: Bool) -> [Float] {
        guard dimension < full else { return values }
        var result: [Float] = []
        result.reserveCapacity(values.count / full * dimension)
        for start in stride(from: 0, to: values.count, by: full) {
            result.append(contentsOf: values[start..<start + dimension])
        }
        if normalizes { Vectors.normalize(&result, dimension: dimension) }
        return result
    }
}
