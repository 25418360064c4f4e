// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A ``Block`` with its weights packed.
struct CPUBlock: Sendable {
    /// Query, key and value in one product: `[hidden] → [3 · heads · headSize]`.
    let queryKeyValue: PackedMatrix
    let heads: Int
    let headSize: Int
    let attentionOutput: PackedMatrix
    let attentionNorm: CPUNorm
    let up: PackedMatrix
    let activation: Activation
    let down: PackedMatrix
    let feedForwardNorm: CPUNorm

    init(_ block: Block, panelColumns: Int, in plan: inout WeightPlan) {
        // What this device executes; a new case has to be decided here.
        switch (block.normPlacement, block.attention.mask) {
        case (.after, .full): break
        }
        let attention = block.attention
        queryKeyValue = PackedMatrix(
            [attention.query, attention.key, attention.value], panelColumns: panelColumns, in: &plan)
        heads = attention.heads
        headSize = attention.headSize
        attentionOutput = PackedMatrix([attention.output], panelColumns: panelColumns, in: &plan)
        attentionNorm = CPUNorm(block.attentionNorm, in: &plan)
        up = PackedMatrix([block.feedForward.up], panelColumns: panelColumns, in: &plan)
        activation = block.feedForward.activation
        down = PackedMatrix([block.feedForward.down], panelColumns: panelColumns, in: &plan)
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

/// ``Embeddings`` with their tables copied.
struct CPUEmbeddings: Sendable {
    let size: Int
    private let tokens: WeightPlace
    private let positions: WeightPlace
    private let type: WeightPlace?
    private let norm: CPUNorm

    init(_ embeddings: Embeddings, in plan: inout WeightPlan) {
        size = embeddings.norm.size
        tokens = plan.copy(embeddings.tokens)
        positions = plan.copy(embeddings.positions)
        type = embeddings.tokenTypes.map { plan.copy($0) }
        norm = CPUNorm(embeddings.norm, in: &plan)
    }

    /// The first states of `tokenIDs`, which stand in their sequence from `position` on.
    func callAsFunction(
        _ tokenIDs: UnsafeBufferPointer<Int32>, at position: Int, weights: WeightStore, kernels: Kernels, into x: Rows
    ) {
        kernels.embeddingSum(
            tokenIDs, tokens: weights[tokens], positions: weights[positions] + position * size,
            type: type.map { weights[$0] }, size: size, into: x)
        norm(x, count: tokenIDs.count, weights: weights, kernels: kernels, into: x)
    }
}
