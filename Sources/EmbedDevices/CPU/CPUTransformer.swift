// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// The forward pass of a ``Transformer`` whose weights are all in memory.
struct CPUTransformer: Sendable {
    let maxPositions: Int
    let vocabularySize: Int
    let cost: BatchPlan.Cost
    private let embeddings: CPUEmbeddings
    private let blocks: [CPUBlock]
    /// The number of each layer's block.
    private let layers: [Int]
    private let executor: CPUExecutor

    /// Plans the copying of `transformer`'s weights.
    init(_ transformer: Transformer, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        maxPositions = transformer.maxPositions
        vocabularySize = transformer.embeddings.vocabularySize
        cost = BatchPlan.Cost(of: transformer)
        embeddings = CPUEmbeddings(transformer.embeddings, kernels: kernels, format: format, in: &plan)
        var blocks: [CPUBlock] = []
        for block in transformer.blocks {
            blocks.append(CPUBlock(block, kernels: kernels, format: format, in: &plan))
        }
        self.blocks = blocks
        layers = transformer.layers
        executor = CPUExecutor(transformer, kernels: kernels)
    }

    /// The memory a pass over `tokens` tokens needs.
    func needs(tokens: Int, longest: Int, workers: Int, dividesColumns: Bool) -> Workspace.Needs {
        executor.needs(blocks, tokens: tokens, longest: longest, workers: workers, dividesColumns: dividesColumns)
    }

    /// Computes the hidden states of the pass's rows in ``Pass/states``.
    func callAsFunction(_ pass: Pass, weights: WeightStore) {
        executor.embed(embeddings, pass, weights: weights)
        for (layer, block) in layers.enumerated() {
            executor.run(blocks[block], layer: layer, pass, weights: weights)
        }
    }
}

extension BatchPlan.Cost {
    init(of transformer: Transformer) {
        self.init(
            perToken: transformer.operationsPerToken, perSquaredToken: transformer.attentionOperationsPerSquaredToken)
    }
}
