// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A ``Block`` with its weights packed.
struct CPUBlock: Sendable {
    /// Query, key and value in one product: `[hidden] → [3 · heads · headSize]`.
    let queryKeyValue: PackedMatrix
    let heads: Int
    let headSize: Int
    let relativeBias: CPURelativeBias?
    let attentionOutput: PackedMatrix
    let attentionNorm: CPUNorm
    let up: PackedMatrix
    let activation: Activation
    let down: PackedMatrix
    let feedForwardNorm: CPUNorm

    init(_ block: Block, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        // What this device executes; a new case has to be decided here.
        switch (block.normPlacement, block.attention.mask) {
        case (.after, .full): break
        }
        func pack(_ layers: Linear...) -> PackedMatrix {
            PackedMatrix(layers, format: format, panelColumns: kernels.panelColumns, in: &plan)
        }
        let attention = block.attention
        queryKeyValue = pack(attention.query, attention.key, attention.value)
        heads = attention.heads
        headSize = attention.headSize
        relativeBias = attention.relativeBias.map { CPURelativeBias($0, heads: attention.heads, in: &plan) }
        attentionOutput = pack(attention.output)
        attentionNorm = CPUNorm(block.attentionNorm, in: &plan)
        up = pack(block.feedForward.up)
        activation = block.feedForward.activation
        down = pack(block.feedForward.down)
        feedForwardNorm = CPUNorm(block.feedForwardNorm, in: &plan)
    }
}

/// A ``Norm`` with its weights copied.
struct CPUNorm: Sendable {
    let size: Int
    let epsilon: Float
    private let weight: WeightPlace
    private let bias: WeightPlace

    init(_ norm: Norm, in plan: inout WeightPlan) {
        switch norm.kind {
        case .layer: break
        }
        size = norm.size
        epsilon = norm.epsilon
        weight = plan.copy(norm.weight)
        bias = plan.copy(norm.bias)
    }

    /// Normalises `count` rows; `result` may be the same rows.
    func callAsFunction(_ rows: Rows, count: Int, weights: WeightStore, kernels: Kernels, into result: Rows) {
        kernels.layerNorm(
            rows, count: count, size: size, weight: weights[weight], bias: weights[bias], epsilon: epsilon, into: result
        )
    }
}
