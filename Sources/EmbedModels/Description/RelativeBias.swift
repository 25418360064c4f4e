// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// What attention adds to a scaled score for the distance between key and query.
package enum RelativeBias: Sendable {
    case learned(LearnedBias)
    /// −slope · |distance|, with a slope for each head: `[heads]`. Paper: arXiv 2108.12409, here for both directions.
    case slopes([Float])

    /// A number for each head and each bucket of distances.
    ///
    /// A key d ≥ 0 places before the query is in bucket b, the largest with `distances[b]` ≤ d; one as far behind it in
    /// bucket b + `distances.count`.
    /// Shape: `weight` `[2 · distances.count, heads]`. Paper: arXiv 1910.10683.
    package struct LearnedBias: Sendable {
        package var weight: Tensor
        /// The smallest distance of each bucket, ascending from 0.
        package var distances: [Int]

        package init(weight: Tensor, distances: [Int]) {
            self.weight = weight
            self.distances = distances
        }

        /// From this distance on the bias stays the same.
        package var reach: Int { distances.last ?? 0 }

        /// The row of `weight` for a key `offset` places behind the query; before it when negative.
        package func bucket(offset: Int) -> Int {
            let nearer = distances.lastIndex { $0 <= abs(offset) } ?? 0
            return offset > 0 ? nearer + distances.count : nearer
        }
    }
}
