// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// The pipeline of a ``Head``: pooling, then its steps.
struct CPUHead: Sendable {
    /// A ``Head/Step`` with its weights packed.
    private enum Step: Sendable {
        case dense(PackedMatrix, Activation)
        /// A dense step whose input, or a product of it, is added to its result.
        case residualDense(PackedMatrix, Activation, residual: PackedMatrix?)
        case layerNorm(CPUNorm)
        case normalize
        /// What attention makes of its heads' means.
        case attention(CPUAttentionPooling)
        case residualNetwork(norm: CPUNorm, up: PackedMatrix, Activation, down: PackedMatrix)
    }

    let dimension: Int
    private let pooling: Pooling
    /// Where the pooling is attention.
    private let attention: CPUAttentionPooling?
    private let steps: [Step]
    private let hiddenSize: Int
    private let kernels: Kernels

    /// Plans the copying of `head`'s weights, always as float32: they are few, and the last to act.
    init(_ head: Head, hiddenSize: Int, kernels: Kernels, in plan: inout WeightPlan) throws(DeviceError) {
        let format = try kernels.format(for: .float32)
        dimension = head.dimension
        pooling = head.pooling
        self.hiddenSize = hiddenSize
        self.kernels = kernels
        var steps: [Step] = []
        if case .attention(let described) = head.pooling.own {
            let attention = try CPUAttentionPooling(
                described, hiddenSize: hiddenSize, kernels: kernels, format: format, in: &plan)
            steps = [.attention(attention), .dense(attention.output, .identity)]
            self.attention = attention
        } else {
            attention = nil
        }
        for step in head.steps {
            switch step {
            case .dense(let dense):
                let matrix = PackedMatrix(
                    [dense.linear], format: format, panelColumns: kernels.panelColumns, in: &plan)
                switch dense.residual {
                case .none: steps.append(.dense(matrix, dense.activation))
                case .input: steps.append(.residualDense(matrix, dense.activation, residual: nil))
                case .projected(let linear):
                    let residual = PackedMatrix(
                        [linear], format: format, panelColumns: kernels.panelColumns, in: &plan)
                    steps.append(.residualDense(matrix, dense.activation, residual: residual))
                }
            case .layerNorm(let norm): steps.append(.layerNorm(CPUNorm(norm, in: &plan)))
            case .normalize: steps.append(.normalize)
            case .residualNetwork(let network):
                let up = PackedMatrix([network.up], format: format, panelColumns: kernels.panelColumns, in: &plan)
                let down = PackedMatrix([network.down], format: format, panelColumns: kernels.panelColumns, in: &plan)
                steps.append(
                    .residualNetwork(norm: CPUNorm(network.norm, in: &plan), up: up, network.activation, down: down))
            }
        }
        self.steps = steps
    }

    /// Components of a pooled vector, before the steps.
    var pooledSize: Int { attention?.pooledSize ?? max(pooling.modes.count, 1) * hiddenSize }

    /// Pools the sequence at `index` of `batch`: `states` `[count, hidden]` to `result` `[vectors, pooledSize]`, whose old
    /// values don't matter.
    func pool(
        _ states: Rows, count: Int, _ batch: RaggedBatch, _ index: Int, weights: WeightStore,
        into result: UnsafeMutablePointer<Float>
    ) {
        let ids = batch.tokenIDs[batch.offsets[index]..<batch.offsets[index + 1]]
        if let spans = batch.spans(of: index) {
            for (vector, tokens) in spans.enumerated() {
                pool(states, ids, tokens, weights, into: result + vector * pooledSize)
            }
        } else {
            let first = pooling.includesPrompt ? 0 : min(max(batch.promptLengths[index], 0), count)
            pool(states, ids, first..<count, weights, into: result)
        }
    }

    /// Pools `tokens` of a sequence with these ids to one vector; to zeros when there are none, or all are prompt.
    private func pool(
        _ states: Rows, _ ids: ArraySlice<Int32>, _ tokens: Range<Int>, _ weights: WeightStore,
        into result: UnsafeMutablePointer<Float>
    ) {
        result.update(repeating: 0, count: pooledSize)
        guard !tokens.isEmpty else { return }
        /// Takes the state of the first of the tokens whose id is one that is looked for, or of the first token.
        func takeFirst(where isWanted: (Int32) -> Bool) {
            let place = tokens.first { isWanted(ids[ids.startIndex + $0]) } ?? tokens.lowerBound
            result.update(from: states[place].base, count: hiddenSize)
        }
        switch pooling.own {
        case .firstToken(let id): return takeFirst { $0 == id }
        case .largestID:
            let largest = tokens.lazy.map { ids[ids.startIndex + $0] }.max()
            return takeFirst { $0 == largest }
        case .attention:
            attention?.pool(
                states[tokens.lowerBound], count: tokens.count, weights: weights, kernels: kernels, into: result)
            return
        case nil: break
        }
        for (index, mode) in pooling.modes.enumerated() {
            pool(mode, states, tokens, into: result + index * hiddenSize)
        }
    }

    /// Adds one pooling of `tokens` to zeros; ``PoolingMode`` has the formulas.
    private func pool(_ mode: PoolingMode, _ states: Rows, _ tokens: Range<Int>, into y: UnsafeMutablePointer<Float>) {
        func addAll(_ weight: (Int) -> Float) {
            for token in tokens { kernels.addScaled(states[token].base, by: weight(token), count: hiddenSize, to: y) }
        }
        func divide(by divisor: Float) {
            for component in 0..<hiddenSize { y[component] /= divisor }
        }
        switch mode {
        case .cls:
            y.update(from: states[tokens.lowerBound].base, count: hiddenSize)
        case .lastToken:
            y.update(from: states[tokens.upperBound - 1].base, count: hiddenSize)
        case .max:
            y.update(from: states[tokens.lowerBound].base, count: hiddenSize)
            for token in tokens.dropFirst() { kernels.maximum(states[token].base, count: hiddenSize, into: y) }
        case .mean:
            addAll { _ in 1 }
            divide(by: Float(tokens.count))
        case .meanSquareRootLength:
            addAll { _ in 1 }
            divide(by: Float(tokens.count).squareRoot())
        case .weightedMean:
            // Positions count from the text's first token, also when a prompt is left out.
            addAll { Float($0 + 1) }
            divide(by: tokens.reduce(0) { $0 + Float($1 + 1) })
        }
    }

    /// The steps after pooling: `vectors` `[count, pooledSize]` to `[count, dimension]`.
    func finish(_ vectors: [Float], count: Int, weights: WeightStore) -> [Float] {
        var vectors = vectors
        for step in steps {
            switch step {
            case .dense(let matrix, let activation):
                vectors = dense(matrix, activation, vectors, count: count, weights)
            case .residualDense(let matrix, let activation, let residual):
                let added = residual.map { dense($0, .identity, vectors, count: count, weights) } ?? vectors
                vectors = zip(dense(matrix, activation, vectors, count: count, weights), added).map { $0 + $1 }
            case .layerNorm(let norm):
                rows(of: &vectors, size: norm.size) { rows in
                    norm(rows, count: count, weights: weights, kernels: kernels, into: rows)
                }
            case .attention(let attention):
                vectors = attention.values(of: vectors, count: count, weights: weights)
            case .residualNetwork(let norm, let up, let activation, let down):
                var normalized = vectors
                rows(of: &normalized, size: norm.size) { rows in
                    norm(rows, count: count, weights: weights, kernels: kernels, into: rows)
                }
                let inner = dense(up, activation, normalized, count: count, weights)
                vectors = zip(vectors, dense(down, .identity, inner, count: count, weights)).map { $0 + $1 }
            case .normalize:
                let size = vectors.count / max(count, 1)
                rows(of: &vectors, size: size) { rows in
                    for row in 0..<count {
                        kernels.normalize(rows[row].base, count: size, smallestLength: Normalize.smallestLength)
                    }
                }
            }
        }
        return vectors
    }

    private func dense(
        _ matrix: PackedMatrix, _ activation: Activation, _ vectors: [Float], count: Int, _ weights: WeightStore
    ) -> [Float] {
        var vectors = vectors
        return [Float](unsafeUninitializedCapacity: count * matrix.outputs) { result, initialized in
            initialized = count * matrix.outputs
            guard let target = result.baseAddress else { return }
            let scratchByteCount = matrix.format.scratchByteCount(rows: count, depth: matrix.inputs)
            let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchByteCount, alignment: 64)
            defer { scratch.deallocate() }
            rows(of: &vectors, size: matrix.inputs) { x in
                var job = matrix.product(
                    x, rows: count, depth: 0..<matrix.inputs, columns: 0..<matrix.outputs, weights: weights,
                    into: Rows(base: target, stride: matrix.outputs), scratch: scratch)
                job.bias = matrix.bias(from: 0, weights: weights)
                job.activation = activation.kernelActivation
                matrix.format.product(&job)
            }
        }
    }

    /// `vectors` as rows of `size`; not called when there are none.
    private func rows(of vectors: inout [Float], size: Int, _ body: (Rows) -> Void) {
        vectors.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress, !buffer.isEmpty { body(Rows(base: base, stride: size)) }
        }
    }
}
