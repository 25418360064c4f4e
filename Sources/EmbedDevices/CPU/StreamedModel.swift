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
        let steps = try SharedSteps(
            of: batch, rows: try input.rows(of: batch), transformer, executor.sizes(of: blocks), executor, pool)
        let table = try plan.makeStore(on: pool)
        steps.forEachWorker(batch.tokenIDs.compactMap { numbers[$0] }) { executor.embed(input, $0, weights: table) }
        try run(blocks, plans, executor, steps)
        return try finish(executor, steps)
    }

    /// Runs all layers, with one block's weights in memory at a time.
    private func run(
        _ blocks: [CPUBlock], _ plans: [WeightPlan], _ executor: CPUExecutor, _ steps: SharedSteps
    ) throws(DeviceError) {
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
            steps.forEachWorker { executor.run(block, layer: layer, $0, weights: weights) }
        }
    }

    /// What comes after the last block: the last norm and the head.
    private func finish(_ executor: CPUExecutor, _ steps: SharedSteps) throws(DeviceError) -> VectorBatch {
        var plan = WeightPlan()
        let finalNorm = transformer.finalNorm.map { CPUNorm($0, in: &plan) }
        let head = try CPUHead(head, hiddenSize: transformer.hiddenSize, kernels: kernels, in: &plan)
        let weights = try plan.makeStore(on: pool)
        if let finalNorm { steps.forEachWorker { executor.finish(finalNorm, $0, weights: weights) } }
        defer { withExtendedLifetime(steps) {} }
        let batch = steps.batch
        let vectors = batch.vectorOffsets
        let count = vectors[batch.count]
        var pooled = [Float](repeating: 0, count: count * head.pooledSize)
        pooled.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            for (index, sequence) in steps.sequences.enumerated() {
                head.pool(
                    steps.buffers.states[0][sequence.rows.lowerBound], count: sequence.rows.count, batch, index,
                    weights: weights, into: result + vectors[index] * head.pooledSize)
            }
        }
        return VectorBatch(
            values: head.finish(pooled, count: count, weights: weights), dimension: head.dimension, count: count)
    }
}

/// A batch that all workers go through together, step by step, each with rows of its own.
private struct SharedSteps {
    let batch: RaggedBatch
    let sequences: [Pass.Sequence]
    let buffers: Workspace.Buffers
    /// Holds the memory of ``buffers``.
    private let workspace: Workspace
    private let rotations: [RotationTable]
    /// Where each worker's rows begin, and the last one's end.
    private let bounds: [Int]
    private let pool: WorkerPool

    init(
        of batch: RaggedBatch, rows: BatchRows, _ transformer: Transformer, _ sizes: CPUExecutor.Sizes,
        _ executor: CPUExecutor, _ pool: WorkerPool
    ) throws(DeviceError) {
        let lengths = rows.counts
        let needs = executor.needs(
            sizes, tokens: rows.total, longest: lengths.max() ?? 0, workers: pool.count, dividesColumns: false)
        var workspace = Workspace()
        buffers = try workspace.buffers(needs)
        self.workspace = workspace
        sequences = Pass.sequences(at: Array(lengths.indices), of: batch, rows)
        var rotations = transformer.rotations.map { RotationTable($0) }
        for index in rotations.indices { rotations[index].prepare(lengths: lengths) }
        self.rotations = rotations
        bounds = BatchPlan.evenBounds(lengths, parts: pool.count, BatchPlan.Cost(of: transformer))
        self.batch = batch
        self.pool = pool
    }

    /// Runs `step` on all workers, each with its rows; `ids` are those of all tokens, where the step looks them up.
    func forEachWorker(_ ids: [Int32] = [], _ step: @escaping @Sendable (Pass) -> Void) {
        let (buffers, sequences, rotations, bounds, pool) = (buffers, sequences, rotations, bounds, pool)
        defer { withExtendedLifetime(workspace) {} }
        ids.withUnsafeBufferPointer { ids in
            batch.patches.withUnsafeBufferPointer { patches in
                let input = BatchInput(tokenIDs: ids, patches: patches)
                pool.run { worker in
                    step(
                        Pass(
                            buffers: buffers, sequences: sequences, input: input, rotations: rotations,
                            rows: bounds[worker]..<bounds[worker + 1], part: 0, parts: 1, worker: worker, pool: pool))
                }
            }
        }
    }
}
