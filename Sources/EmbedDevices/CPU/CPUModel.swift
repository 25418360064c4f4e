// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels

/// A model on the CPU: a transformer, which several models may share, and a head.
final class CPUModel: LoadedModel {
    let hiddenSize: Int
    let dimension: Int
    let arithmetic: String
    let weightByteCount: Int
    private let runner: TransformerRunner
    private let head: CPUHead
    private let headWeights: WeightStore
    private let kernels: Kernels
    private let pool: WorkerPool

    convenience init(
        _ transformer: Transformer, head: Head, format: WeightFormat, kernels: Kernels, pool: WorkerPool
    ) throws(DeviceError) {
        let runner = try TransformerRunner(transformer, format: format, kernels: kernels, pool: pool)
        try self.init(
            runner, sharedByteCount: 0, hiddenSize: transformer.hiddenSize, arithmetic: format.arithmetic, head: head,
            kernels: kernels, pool: pool)
    }

    /// `sharedByteCount` bytes of the weights are those of another model.
    private init(
        _ runner: TransformerRunner, sharedByteCount: Int, hiddenSize: Int, arithmetic: String, head: Head,
        kernels: Kernels, pool: WorkerPool
    ) throws(DeviceError) {
        var plan = WeightPlan()
        self.head = try CPUHead(head, hiddenSize: hiddenSize, kernels: kernels, in: &plan)
        headWeights = try plan.makeStore(on: pool)
        weightByteCount = runner.weightByteCount + headWeights.byteCount - sharedByteCount
        self.runner = runner
        self.hiddenSize = hiddenSize
        self.arithmetic = arithmetic
        self.kernels = kernels
        self.pool = pool
        dimension = head.dimension
    }

    func withHead(_ head: Head) throws(DeviceError) -> any LoadedModel {
        try CPUModel(
            runner, sharedByteCount: runner.weightByteCount, hiddenSize: hiddenSize, arithmetic: arithmetic,
            head: head, kernels: kernels, pool: pool)
    }

    func embed(_ batch: RaggedBatch) throws(DeviceError) -> VectorBatch {
        let (head, size, weights) = (head, head.pooledSize, headWeights)
        let vectors = batch.vectorOffsets
        let count = vectors[batch.count]
        let rows = try runner.transformer.rows(of: batch)
        let pooled = try runner.run(batch, rows, resultSize: count * size) { result, sequence, _, states, length in
            head.pool(
                states, count: length, batch, sequence, weights: weights, into: result + vectors[sequence] * size)
        }
        let values = head.finish(pooled, count: count, weights: weights)
        try Self.requireFinite(values, offsets: vectors.map { $0 * dimension })
        return VectorBatch(values: values, dimension: dimension, count: count)
    }

    func hiddenStates(of batch: RaggedBatch) throws(DeviceError) -> [Float] {
        let size = hiddenSize
        let rows = try runner.transformer.rows(of: batch)
        let values = try runner.run(batch, rows, resultSize: rows.total * size) { result, _, offset, states, count in
            for row in 0..<count {
                (result + (offset + row) * size).update(from: states[row].base, count: size)
            }
        }
        try Self.requireFinite(values, offsets: rows.offsets.map { $0 * size })
        return values
    }

    /// Lets nothing infinite or undefined leave the device; `offsets` is where each sequence's values begin and end.
    private static func requireFinite(_ values: [Float], offsets: [Int]) throws(DeviceError) {
        let first = values.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress, !embed_is_finite(base, buffer.count) else { return nil }
            return (0..<offsets.count - 1).first { !embed_is_finite(base + offsets[$0], offsets[$0 + 1] - offsets[$0]) }
        }
        if let first { throw .nonFiniteOutput(sequence: first) }
    }
}
