// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A ``LowRankTable`` with its numbers copied as float32.
struct CPULowRankTable: Sendable {
    private let rank: Int
    private let scale: Float
    private let rows: WeightPlace
    private let columns: WeightPlace

    init(_ table: LowRankTable, in plan: inout WeightPlan) {
        rank = table.rank
        scale = table.scale
        rows = plan.copy(table.rows)
        columns = plan.copy(table.columns)
    }

    /// Computes y += scale · rows[row] · columns, for `size` components.
    func add(row: Int, to y: UnsafeMutablePointer<Float>, size: Int, weights: WeightStore, kernels: Kernels) {
        let factors = weights[rows] + row * rank
        for component in 0..<rank {
            kernels.addScaled(
                weights[columns] + component * size, by: scale * factors[component], count: size, to: y)
        }
    }
}
