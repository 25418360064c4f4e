// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels
import Glibc

/// ``AttentionPooling`` as one weighted mean of hidden states for each head, and what is made of these.
///
/// The probe's query q is the same for all texts, so that q · (K x + b) is (Kᵀ q) · x and a number that softmax doesn't
/// see; and as probabilities add up to 1, the mean of values is the value of the mean. So no token has a key or a value of
/// its own: instead of 4 · hidden² operations it takes 4 · heads · hidden.
struct CPUAttentionPooling: Sendable {
    private let heads: Int
    private let hiddenSize: Int
    /// Kᵀ q ÷ √headSize of each head: `[hidden] → [heads]`.
    private let scores: PackedMatrix
    /// The value layer, head by head: `[hidden] → [headSize]`.
    private let values: [PackedMatrix]
    let output: PackedMatrix

    init(
        _ attention: AttentionPooling, hiddenSize: Int, kernels: Kernels, format: WeightFormat,
        in plan: inout WeightPlan
    ) throws(DeviceError) {
        heads = attention.heads
        self.hiddenSize = hiddenSize
        func pack(_ layer: Linear) -> PackedMatrix {
            PackedMatrix([layer], format: format, panelColumns: kernels.panelColumns, in: &plan)
        }
        scores = pack(try Self.scores(attention, hiddenSize: hiddenSize))
        let headSize = hiddenSize / attention.heads
        var values: [PackedMatrix] = []
        for head in 0..<attention.heads {
            values.append(pack(attention.value.part(head * headSize..<(head + 1) * headSize)))
        }
        self.values = values
        output = pack(attention.output)
    }

    /// Components of a pooled vector: a mean for each head.
    var pooledSize: Int { heads * hiddenSize }

    /// The layer that gives a hidden state's score in each head.
    private static func scores(_ attention: AttentionPooling, hiddenSize: Int) throws(DeviceError) -> Linear {
        let (query, key) = (attention.query, attention.key)
        for tensor in [attention.probe, query.weight, query.bias, key.weight, key.bias].compactMap(\.self)
        where !tensor.isFinite {
            throw .nonFiniteWeight(tensor: tensor.name, file: tensor.fileName)
        }
        let (probe, queryWeight, keyWeight) = (
            attention.probe.converted, query.weight.converted, key.weight.converted
        )
        let queryBias = query.bias?.converted
        let headSize = hiddenSize / attention.heads
        let scale = 1 / Double(headSize).squareRoot()
        var rows = [Double](repeating: 0, count: attention.heads * hiddenSize)
        for output in 0..<hiddenSize {
            var sum = Double(queryBias?[output] ?? 0)
            for input in 0..<hiddenSize {
                sum += Double(queryWeight[output * hiddenSize + input]) * Double(probe[input])
            }
            let row = output / headSize * hiddenSize
            for input in 0..<hiddenSize {
                rows[row + input] += scale * sum * Double(keyWeight[output * hiddenSize + input])
            }
        }
        let name = attention.probe.name
        do throws(ModelFileError) {
            let weight = try Tensor(name: name, shape: [attention.heads, hiddenSize], values: rows.map { Float($0) })
            return Linear(weight: weight, bias: nil, inputs: hiddenSize, outputs: attention.heads)
        } catch {
            throw .memory(byteCount: rows.count * MemoryLayout<Float>.stride, reason: error.description)
        }
    }

    /// Adds each head's weighted mean of `states` `[count, hidden]` to `result` `[heads, hidden]`, which holds zeros.
    func pool(
        _ states: Rows, count: Int, weights: WeightStore, kernels: Kernels, into result: UnsafeMutablePointer<Float>
    ) {
        withScratch(of: scores, rows: count) { scratch in
            var probabilities = [Float](repeating: 0, count: count * heads)
            probabilities.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                var job = scores.product(
                    states, rows: count, depth: 0..<hiddenSize, columns: 0..<heads, weights: weights,
                    into: Rows(base: base, stride: heads), scratch: scratch)
                scores.format.product(&job)
                for head in 0..<heads { softmax(buffer, from: head, count: count) }
                for row in 0..<count {
                    for head in 0..<heads {
                        kernels.addScaled(
                            states[row].base, by: buffer[row * heads + head], count: hiddenSize,
                            to: result + head * hiddenSize)
                    }
                }
            }
        }
    }

    /// Turns every score of one head into a probability.
    private func softmax(_ scores: UnsafeMutableBufferPointer<Float>, from first: Int, count: Int) {
        let places = stride(from: first, to: count * heads, by: heads)
        var largest = -Float.infinity
        for place in places { largest = max(largest, scores[place]) }
        var sum: Float = 0
        for place in places {
            scores[place] = expf(scores[place] - largest)
            sum += scores[place]
        }
        for place in places { scores[place] /= sum }
    }

    /// Each head's value of its own mean: `means` `[count, heads · hidden]` to `[count, hidden]`.
    func values(of means: [Float], count: Int, weights: WeightStore) -> [Float] {
        var means = means
        var result = [Float](repeating: 0, count: count * hiddenSize)
        means.withUnsafeMutableBufferPointer { means in
            result.withUnsafeMutableBufferPointer { result in
                guard let means = means.baseAddress, let result = result.baseAddress else { return }
                let (x, y) = (Rows(base: means, stride: pooledSize), Rows(base: result, stride: hiddenSize))
                for (head, matrix) in values.enumerated() {
                    withScratch(of: matrix, rows: count) { scratch in
                        var job = matrix.product(
                            x.column(head * hiddenSize), rows: count, depth: 0..<hiddenSize,
                            columns: 0..<matrix.outputs, weights: weights,
                            into: y.column(head * matrix.outputs), scratch: scratch)
                        job.bias = matrix.bias(from: 0, weights: weights)
                        matrix.format.product(&job)
                    }
                }
            }
        }
        return result
    }

    private func withScratch(of matrix: PackedMatrix, rows: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: matrix.format.scratchByteCount(rows: rows, depth: matrix.inputs), alignment: 64)
        defer { scratch.deallocate() }
        body(scratch)
    }
}
