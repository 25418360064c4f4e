// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A ``Block`` with its weights packed.
struct CPUBlock: Sendable {
    let attention: CPUAttention
    let attentionNorms: CPUResidualNorms
    let feedForward: CPUFeedForwardLayer
    let feedForwardNorms: CPUResidualNorms

    /// The block number `index` of `transformer`.
    init(
        _ index: Int, of transformer: Transformer, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan
    ) {
        let block = transformer.blocks[index]
        attention = CPUAttention(
            block.attention, kernels: kernels, format: format, rotations: transformer.rotations,
            maxPositions: transformer.maxPositions, in: &plan)
        attentionNorms = CPUResidualNorms(block.attentionNorms, in: &plan)
        feedForward = CPUFeedForwardLayer(block.feedForward, kernels: kernels, format: format, in: &plan)
        feedForwardNorms = CPUResidualNorms(block.feedForwardNorms, in: &plan)
    }

    /// The largest rank of its adapters.
    var adapterRank: Int {
        max(attention.queryKeyValue.adapterRank, attention.output.adapterRank, feedForward.adapterRank)
    }
}
