// SPDX-License-Identifier: Apache-2.0

/// What one worker sees of a pass through the model.
struct Pass {
    /// A sequence's tokens among the rows of the pass.
    struct Sequence {
        let rows: Range<Int>
        /// Its first row in the batch; of a text also its first token.
        let offset: Int
        /// Where the numbers of its patches begin.
        let patches: Int
        /// The number of its task among the model's.
        let task: Int?
    }

    let buffers: Workspace.Buffers
    let sequences: [Sequence]
    /// What the whole batch is made of.
    let input: BatchInput
    /// Of the model's rotary positions, each prepared for these sequences.
    let rotations: [RotationTable]
    /// The rows whose states this worker computes.
    let rows: Range<Int>
    /// This worker's number among those that divide columns and heads; 0 of 1 when they don't.
    let part: Int
    let parts: Int
    /// This worker's number among all that share the buffers.
    let worker: Int
    /// Where the workers of this pass wait for each other; nil when there is one.
    let pool: WorkerPool?

    /// This worker's hidden states `[tokens, hidden]`.
    var states: Rows { buffers.states[part] }
    var intermediate: Rows { buffers.intermediates[buffers.intermediates.count > 1 ? worker : 0] }
    var gate: Rows { buffers.gates[buffers.gates.count > 1 ? worker : 0] }
    var normalized: Rows { buffers.normalized[worker] }
    var expertInput: Rows { buffers.experts[worker] }
    var expertOutput: Rows { buffers.experts[buffers.experts.count / 2 + worker] }
    var probabilities: Rows { buffers.probabilities[worker] }
    var lowRank: Rows { buffers.lowRanks[worker] }
    /// Whether any of its texts has a task.
    var hasTasks: Bool { sequences.contains { $0.task != nil } }
    var scratch: UnsafeMutablePointer<Float> { buffers.scratches[worker] }
    var productScratch: UnsafeMutableRawPointer { buffers.productScratches[worker] }

    func queryKeyValue(layer: Int) -> Rows { buffers.queryKeyValues[layer % buffers.queryKeyValues.count] }

    /// Returns once the keys and values of all rows are there.
    func waitForRows() { pool?.waitForAll() }

    /// Returns once all columns of the last product are there.
    func waitForColumns() {
        if parts > 1 { pool?.waitForAll() }
    }

    /// The worker's rows in even blocks of at most `limit`; one block when workers divide columns, so that all wait
    /// equally often.
    func rowBlocks(limit: Int) -> [Range<Int>] {
        let count = parts > 1 ? 1 : max(1, (rows.count + limit - 1) / limit)
        return (0..<count).map { block in
            rows.lowerBound + rows.count * block / count..<rows.lowerBound + rows.count * (block + 1) / count
        }
    }

    /// The sequences at `indices` of `batch` one after the other; `batchRows` are the batch's.
    static func sequences(at indices: [Int], of batch: RaggedBatch, _ batchRows: BatchRows) -> [Sequence] {
        var row = 0
        return indices.map { index in
            let count = batchRows.counts[index]
            defer { row += count }
            return Sequence(
                rows: row..<row + count, offset: batchRows.offsets[index], patches: batch.patchOffsets[index],
                task: batch.tasks[index])
        }
    }
}
