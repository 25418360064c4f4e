// SPDX-License-Identifier: Apache-2.0

import EmbedModels
import Synchronization

/// A transformer with its weights in memory: divides batches over the workers and runs the passes.
final class TransformerRunner: Sendable {
    let transformer: CPUTransformer
    private let weights: WeightStore
    private let pool: WorkerPool
    /// Held during a batch: there is one set of buffers.
    private let turn = Mutex<Void>(())
    /// One for each worker; the first also for passes that all workers share.
    ///
    /// Touched only by who holds `turn`.
    private nonisolated(unsafe) var workspaces: [Workspace]
    /// Grows with the longest sequence so far.
    ///
    /// Touched only by who holds `turn`.
    private nonisolated(unsafe) var rotations: [RotationTable]

    init(_ transformer: Transformer, format: WeightFormat, kernels: Kernels, pool: WorkerPool) throws(DeviceError) {
        var plan = WeightPlan()
        self.transformer = CPUTransformer(transformer, kernels: kernels, format: format, in: &plan)
        weights = try plan.makeStore(of: format.type, on: pool)
        self.pool = pool
        workspaces = [Workspace](repeating: Workspace(), count: pool.count)
        rotations = self.transformer.rotations
    }

    var weightByteCount: Int { weights.byteCount }

    /// Takes a sequence's hidden states `[count, hidden]`: (result, sequence, its first row, states, count).
    typealias Take = @Sendable (UnsafeMutablePointer<Float>, Int, Int, Rows, Int) -> Void

    /// Computes the hidden states of all sequences and hands each sequence's to `take`, which fills the result.
    func run(
        _ batch: RaggedBatch, _ rows: BatchRows, resultSize: Int, _ take: @escaping Take
    ) throws(DeviceError) -> [Float] {
        let plan = BatchPlan(
            lengths: rows.counts, workers: pool.count, cost: transformer.cost,
            mayDivideColumns: transformer.dividesColumns && batch.tasks.allSatisfy { $0 == nil })
        var result = [Float](repeating: 0, count: resultSize)
        try turn.withLock { _ throws(DeviceError) in
            let failure = batch.withInput { input in
                result.withUnsafeMutableBufferPointer { buffer -> DeviceError? in
                    guard let target = buffer.baseAddress else { return nil }
                    do throws(DeviceError) {
                        try perform(plan, batch, rows, input, target, take)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            if let failure { throw failure }
        }
        return result
    }

    private func perform(
        _ plan: BatchPlan, _ batch: RaggedBatch, _ rows: BatchRows, _ input: BatchInput,
        _ result: UnsafeMutablePointer<Float>, _ take: @escaping Take
    ) throws(DeviceError) {
        for index in rotations.indices { rotations[index].prepare(lengths: rows.counts) }
        for step in plan.steps {
            switch step {
            case .groups(let groups):
                try separately(groups, batch, rows, input, result, take)
            case .rows(let indices, let bounds):
                try together(indices, batch, rows, input, result, take, dividesColumns: false) { worker in
                    bounds[worker]..<bounds[worker + 1]
                }
            case .columns:
                let total = rows.total
                try together(
                    Array(rows.counts.indices), batch, rows, input, result, take, dividesColumns: true
                ) { _ in 0..<total }
            }
        }
    }

    /// Each group of sequences by one worker.
    private func separately(
        _ groups: [[Int]], _ batch: RaggedBatch, _ rows: BatchRows, _ input: BatchInput,
        _ result: UnsafeMutablePointer<Float>, _ take: @escaping Take
    ) throws(DeviceError) {
        let lengths = rows.counts
        let tokens = groups.map { $0.reduce(0) { $0 + lengths[$1] } }.max() ?? 0
        let needs = transformer.needs(tokens: tokens, longest: lengths.max() ?? 0, workers: 1, dividesColumns: false)
        var buffers: [Workspace.Buffers] = []
        for worker in 0..<min(pool.count, groups.count) { buffers.append(try workspaces[worker].buffers(needs)) }
        let (transformer, weights) = (transformer, weights)
        let (each, rotations) = (buffers, rotations)
        // Each group writes its own part of the result, and all are done before this returns.
        nonisolated(unsafe) let target = result
        let work: @Sendable (Int, Int) -> Void = { worker, group in
            let sequences = Pass.sequences(at: groups[group], of: batch, rows)
            let pass = Pass(
                buffers: each[worker], sequences: sequences, input: input, rotations: rotations,
                rows: 0..<(sequences.last?.rows.upperBound ?? 0), part: 0, parts: 1, worker: 0, pool: nil)
            transformer(pass, weights: weights)
            for (index, sequence) in zip(groups[group], sequences) {
                take(target, index, sequence.offset, pass.states[sequence.rows.lowerBound], sequence.rows.count)
            }
        }
        // One group needs no other thread.
        if groups.count == 1 { work(0, 0) } else { pool.forEach(groups.count, work) }
    }

    /// The sequences at `indices` by all workers.
    private func together(
        _ indices: [Int], _ batch: RaggedBatch, _ batchRows: BatchRows, _ input: BatchInput,
        _ result: UnsafeMutablePointer<Float>, _ take: @escaping Take, dividesColumns: Bool,
        rows: @escaping @Sendable (Int) -> Range<Int>
    ) throws(DeviceError) {
        let lengths = batchRows.counts
        let needs = transformer.needs(
            tokens: indices.reduce(0) { $0 + lengths[$1] }, longest: indices.map { lengths[$0] }.max() ?? 0,
            workers: pool.count, dividesColumns: dividesColumns)
        let buffers = try workspaces[0].buffers(needs)
        let sequences = Pass.sequences(at: indices, of: batch, batchRows)
        let (transformer, weights, pool, rotations) = (transformer, weights, pool, rotations)
        pool.run { worker in
            let pass = Pass(
                buffers: buffers, sequences: sequences, input: input, rotations: rotations, rows: rows(worker),
                part: dividesColumns ? worker : 0, parts: dividesColumns ? pool.count : 1, worker: worker, pool: pool)
            transformer(pass, weights: weights)
        }
        for (index, sequence) in zip(indices, sequences) {
            take(result, index, sequence.offset, buffers.states[0][sequence.rows.lowerBound], sequence.rows.count)
        }
    }
}
