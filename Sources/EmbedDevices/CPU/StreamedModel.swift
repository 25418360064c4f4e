// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// A model of which only one block's weights are in memory at a time, as float32: slow, and small.
///
/// It computes what a model with narrow weights is compared with, for texts without a task.
struct StreamedModel {
    let transformer: Transformer
    let head: Head
    let kernels: Kernels
    let pool: WorkerPool

    /// The vectors of `batch`: `[sequences, dimension]`; ids must lie in the vocabulary and sequences must not be too
    /// long.
    func embed(_ batch: RaggedBatch) throws(DeviceError) -> VectorBatch {
        let format = try kernels.format(for: .float32)
        let executor = CPUExecutor(transformer, kernels: kernels)
        var plans = [WeightPlan](repeating: WeightPlan(), count: transformer.blocks.count)
        var blocks: [CPUBlock] = []
        for index in transformer.blocks.indices {
            blocks.append(CPUBlock(index, of: transformer, kernels: kernels, format: format, in: &plans[index]))
        }
        // Of the embeddings only the rows that are looked up, under their numbers in this list.
        let used = Set(batch.tokenIDs).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(used, Int32(0)...))
        var plan = WeightPlan()
        let input = CPUInputLayer(transformer.input, kernels: kernels, format: format, tokenIDs: used, in: &plan)
        let rows = try input.rows(of: batch)
        let lengths = rows.counts
        let needs = executor.needs(
            executor.sizes(of: blocks), tokens: rows.total, longest: lengths.max() ?? 0, workers: pool.count,
            dividesColumns: false)
        var workspace = Workspace()
        let buffers = try workspace.buffers(needs)
        let sequences = Pass.sequences(at: Array(lengths.indices), of: batch, rows)
        var tables = transformer.rotations.map { RotationTable($0) }
        for index in tables.indices { tables[index].prepare(lengths: lengths) }
        let rotations = tables
        let bounds = BatchPlan.evenBounds(lengths, parts: pool.count, BatchPlan.Cost(of: transformer))

        /// Runs `step` on all workers, each with its rows.
        func forEachWorker(_ ids: [Int32] = [], _ step: @escaping @Sendable (Pass) -> Void) {
            ids.withUnsafeBufferPointer { ids in
                batch.patches.withUnsafeBufferPointer { patches in
                    let input = BatchInput(tokenIDs: ids, patches: patches)
                    pool.run { [pool] worker in
                        step(
                            Pass(
                                buffers: buffers, sequences: sequences, input: input, rotations: rotations,
                                rows: bounds[worker]..<bounds[worker + 1], part: 0, parts: 1, worker: worker,
                                pool: pool))
                    }
                }
            }
        }

        let table = try plan.makeStore(on: pool)
        forEachWorker(batch.tokenIDs.compactMap { numbers[$0] }) { executor.embed(input, $0, weights: table) }
        var loaded: (block: Int, weights: WeightStore)?
        for (layer, index) in transformer.layers.enumerated() {
            let weights: WeightStore
            if let loaded, loaded.block == index {
                weights = loaded.weights
            } else {
                // Frees the one before.
                loaded = nil
                weights = try plans[index].makeStore(on: pool)
                loaded = (index, weights)
            }
            let block = blocks[index]
            forEachWorker { executor.run(block, layer: layer, $0, weights: weights) }
        }

        // Frees the last block.
        loaded = nil
        var headPlan = WeightPlan()
        let finalNorm = transformer.finalNorm.map { CPUNorm($0, in: &headPlan) }
        let head = try CPUHead(head, hiddenSize: transformer.hiddenSize, kernels: kernels, in: &headPlan)
        let weights = try headPlan.makeStore(on: pool)
        if let finalNorm { forEachWorker { executor.finish(finalNorm, $0, weights: weights) } }
        let vectors = batch.vectorOffsets
        var pooled = [Float](repeating: 0, count: vectors[batch.count] * head.pooledSize)
        pooled.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            for (index, sequence) in sequences.enumerated() {
                head.pool(
                    buffers.states[0][sequence.rows.lowerBound], count: sequence.rows.count, batch, index,
                    weights: weights, into: result + vectors[index] * head.pooledSize)
            }
        }
        return VectorBatch(
            values: head.finish(pooled, count: vectors[batch.count], weights: weights), dimension: head.dimension,
            count: vectors[batch.count])
    }
}
