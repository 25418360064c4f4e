// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// The forward pass of a ``Transformer`` whose weights are all in memory.
struct CPUTransformer: Sendable {
    let maxPositions: Int
    let vocabularySize: Int
    let cost: BatchPlan.Cost
    /// Whether workers may divide columns: experts take whole rows.
    let dividesColumns: Bool
    /// What its blocks turn queries and keys by, not yet computed.
    let rotations: [RotationTable]
    private let input: CPUInputLayer
    private let blocks: [CPUBlock]
    /// The number of each layer's block.
    private let layers: [Int]
    private let finalNorm: CPUNorm?
    private let executor: CPUExecutor
    private let sizes: CPUExecutor.Sizes

    /// Plans the copying of `transformer`'s weights.
    init(_ transformer: Transformer, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        maxPositions = transformer.maxPositions
        vocabularySize = transformer.vocabularySize
        cost = BatchPlan.Cost(of: transformer)
        input = CPUInputLayer(transformer.input, kernels: kernels, format: format, in: &plan)
        var blocks: [CPUBlock] = []
        for index in transformer.blocks.indices {
            blocks.append(CPUBlock(index, of: transformer, kernels: kernels, format: format, in: &plan))
        }
        self.blocks = blocks
        dividesColumns = blocks.allSatisfy { $0.feedForward.expertCount == 0 }
        rotations = transformer.rotations.map { RotationTable($0) }
        finalNorm = transformer.finalNorm.map { CPUNorm($0, in: &plan) }
        layers = transformer.layers
        executor = CPUExecutor(transformer, kernels: kernels)
        sizes = executor.sizes(of: blocks)
    }

    /// The hidden states of the sequences in `batch`.
    ///
    /// - Throws: an error for every sequence the model can't take.
    func rows(of batch: RaggedBatch) throws(DeviceError) -> BatchRows {
        let rows = try input.rows(of: batch)
        if let count = rows.counts.first(where: { $0 > maxPositions }) {
            throw .sequenceTooLong(tokens: count, limit: maxPositions)
        }
        if let id = batch.tokenIDs.first(where: { $0 < 0 || $0 >= vocabularySize }) {
            throw .tokenOutOfVocabulary(id: id, vocabularySize: vocabularySize)
        }
        return rows
    }

    /// The memory a pass over `tokens` tokens needs.
    func needs(tokens: Int, longest: Int, workers: Int, dividesColumns: Bool) -> Workspace.Needs {
        executor.needs(sizes, tokens: tokens, longest: longest, workers: workers, dividesColumns: dividesColumns)
    }

    /// Computes the hidden states of the pass's rows in ``Pass/states``.
    func callAsFunction(_ pass: Pass, weights: WeightStore) {
        executor.embed(input, pass, weights: weights)
        for (layer, block) in layers.enumerated() {
            executor.run(blocks[block], layer: layer, pass, weights: weights)
        }
        if let finalNorm { executor.finish(finalNorm, pass, weights: weights) }
    }
}

extension BatchPlan.Cost {
    /// A layer that sees tokens on one side only costs half of one that sees all; what a window costs doesn't grow with
    /// the text.
    init(of transformer: Transformer) {
        let operations = transformer.operations
        // What an image takes once is spread over its hidden states, which are as many in all images.
        self.init(
            perToken: operations.perToken + operations.perSequence / max(transformer.maxPositions, 1),
            perSquaredToken: 0)
        for (mask, perPair) in operations.perPair {
            // A window as wide as the longest text shows all of it.
            func reach(_ side: Int?) -> Int? { side.flatMap { $0 < transformer.maxPositions ? $0 : nil } }
            switch (reach(mask.before), reach(mask.after)) {
            case (nil, nil): perSquaredToken += perPair
            case (nil, let reach?), (let reach?, nil):
                perSquaredToken += perPair / 2
                perToken += perPair * reach
            case (let before?, let after?): perToken += perPair * (before + 1 + after)
            }
        }
    }
}
