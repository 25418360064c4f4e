// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// A ``RelativeBias`` with a number for each head and distance: `[heads, 2 · reach + 1]`.
struct CPURelativeBias: Sendable {
    /// From this distance on, before the query and behind it, the bias stays the same.
    let reach: Int
    private let table: WeightPlace

    init(_ bias: RelativeBias, heads: Int, maxPositions: Int, in plan: inout WeightPlan) {
        switch bias {
        case .learned(let bias):
            reach = bias.reach
            table = plan.shared(bias.weight.name) { Self.copy(bias, heads: heads, in: &$0) }
        case .slopes(let slopes):
            let reach = maxPositions - 1
            self.reach = reach
            table = plan.shared(slopes) { Self.compute(slopes, reach: reach, in: &$0) }
        }
    }

    private static func copy(
        _ bias: RelativeBias.LearnedBias, heads: Int, in plan: inout WeightPlan
    ) -> WeightPlace {
        let (reach, weight) = (bias.reach, bias.weight)
        let count = 2 * reach + 1
        let table = plan.floats(heads * count)
        plan.fill(table, from: weight) { target in
            let buckets = weight.converted
            let table = target.assumingMemoryBound(to: Float.self)
            for offset in -reach...reach {
                let row = bias.bucket(offset: offset) * heads
                for head in 0..<heads { table[head * count + reach + offset] = buckets[row + head] }
            }
            return embed_is_finite(buckets, buckets.count)
        }
        return table
    }

    private static func compute(_ slopes: [Float], reach: Int, in plan: inout WeightPlan) -> WeightPlace {
        let table = plan.floats(slopes.count * (2 * reach + 1))
        plan.fill(table) { target in
            var table = target.assumingMemoryBound(to: Float.self)
            for slope in slopes {
                for offset in -reach...reach { table[reach + offset] = -slope * Float(abs(offset)) }
                table += 2 * reach + 1
            }
            return true
        }
        return table
    }

    /// What `embed_attention` reads for a head: `[2 · reach + 1]`.
    func table(head: Int, weights: WeightStore) -> UnsafePointer<Float> {
        weights[table] + head * (2 * reach + 1)
    }
}
