// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A ``Norm`` with its weights copied.
struct CPUNorm: Sendable {
    let size: Int
    private let kind: Norm.Kind
    private let epsilon: Float
    private let weight: WeightPlace
    private let bias: WeightPlace?

    init(_ norm: Norm, in plan: inout WeightPlan) {
        kind = norm.kind
        size = norm.size
        epsilon = norm.epsilon
        switch norm.kind {
        case .layer: weight = plan.copy(norm.weight)
        case .rootMeanSquare(let offset): weight = plan.copy(norm.weight, adding: offset)
        }
        bias = norm.bias.map { plan.copy($0) }
    }

    /// Normalises `count` rows; `result` may be the same rows.
    func callAsFunction(_ rows: Rows, count: Int, weights: WeightStore, kernels: Kernels, into result: Rows) {
        switch kind {
        case .layer:
            kernels.layerNorm(
                rows, count: count, size: size, weight: weights[weight], bias: bias.map { weights[$0] },
                epsilon: epsilon, into: result)
        case .rootMeanSquare:
            kernels.rmsNorm(
                rows, count: count, size: size, weight: weights[weight], epsilon: epsilon, into: result)
        }
    }

    /// Normalises heads side by side in each of `count` rows, in place: each by itself, or all as one where the norm is
    /// as wide as they are.
    func normalizeHeads(_ rows: Rows, count: Int, heads: Int, headSize: Int, weights: WeightStore, kernels: Kernels) {
        if size == heads * headSize {
            return self(rows, count: count, weights: weights, kernels: kernels, into: rows)
        }
        for row in 0..<count {
            let row = Rows(base: rows[row].base, stride: headSize)
            self(row, count: heads, weights: weights, kernels: kernels, into: row)
        }
    }
}

/// ``ResidualNorms`` with their weights copied.
struct CPUResidualNorms: Sendable {
    let input: CPUNorm?
    let output: CPUNorm?
    let sum: CPUNorm?
    let secondSum: CPUNorm?

    init(_ norms: ResidualNorms, in plan: inout WeightPlan) {
        input = norms.input.map { CPUNorm($0, in: &plan) }
        output = norms.output.map { CPUNorm($0, in: &plan) }
        sum = norms.sum.map { CPUNorm($0, in: &plan) }
        secondSum = norms.secondSum.map { CPUNorm($0, in: &plan) }
    }

    /// Whether what goes into the part of the block, or what comes out of it, needs rows of its own.
    var needsRows: Bool { input != nil || output != nil || secondSum != nil }
}
