// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels
import Glibc

/// How this processor computes embeddings and blocks.
///
/// Rows are taken in blocks that stay in the second cache through output projection, norm and feed-forward.
struct CPUExecutor: Sendable {
    private let kernels: Kernels
    private let hiddenSize: Int
    /// Components of a token's embedding; other than ``hiddenSize`` where it is projected.
    private let embeddingSize: Int
    /// Rows of a block that goes through the feed-forward together, and columns of its intermediate at a time.
    private let blockRows: Int
    private let blockColumns: Int

    /// Columns of the feed-forward's intermediate computed before they are used: a few panels of weights, so that the
    /// next one can be fetched meanwhile, and a depth at which adding to the sum costs nothing.
    private static let intermediateColumns = 384

    init(_ transformer: Transformer, kernels: Kernels) {
        self.kernels = kernels
        hiddenSize = transformer.hiddenSize
        embeddingSize = transformer.embeddings.norm.size
        blockColumns = Self.intermediateColumns.roundedUp(
            toMultipleOf: max(kernels.panelColumns, WeightFormat.depthStep))
        blockRows = Self.blockRows(hidden: hiddenSize, columns: blockColumns, tileRows: kernels.tileRows)
    }

    /// As many rows as leave room for a panel of weights in the second cache beside states, sums and intermediate.
    private static func blockRows(hidden: Int, columns: Int, tileRows: Int) -> Int {
        let cache = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
        let budget = (cache > 0 ? cache : 512 << 10) * 6 / 10
        let rows = budget / ((2 * hidden + columns) * MemoryLayout<Float>.stride)
        return max(4 * tileRows, min(rows, 256) / tileRows * tileRows)
    }

    /// The memory a pass over `tokens` tokens through `blocks` needs.
    func needs(
        _ blocks: [CPUBlock], tokens: Int, longest: Int, workers: Int, dividesColumns: Bool
    ) -> Workspace.Needs {
        func largest(_ size: (CPUBlock) -> Int) -> Int { blocks.lazy.map(size).max() ?? 0 }
        let rows = dividesColumns ? tokens : min(blockRows, tokens)
        let inner = dividesColumns ? largest(\.up.outputs) : min(blockColumns, largest(\.up.outputs))
        return Workspace.Needs(
            tokens: tokens, hidden: max(hiddenSize, embeddingSize), queryKeyValue: largest(\.queryKeyValue.outputs),
            context: largest(\.attentionOutput.inputs), intermediateRows: rows, intermediateColumns: inner,
            scratch: largest { kernels.attentionScratchCount(queries: longest, headSize: $0.headSize) },
            productScratchByteCount: largest { block in
                let depth = max(hiddenSize, embeddingSize, block.attentionOutput.inputs, inner)
                return block.down.format.scratchByteCount(rows: rows, depth: depth)
            },
            workers: workers, dividesColumns: dividesColumns)
    }

    /// Computes layer number `layer` of the model for the pass's rows: new ``Pass/states``.
    func run(_ block: CPUBlock, layer: Int, _ pass: Pass, weights: WeightStore) {
        let queryKeyValue = pass.queryKeyValue(layer: layer)
        for rows in pass.rowBlocks(limit: blockRows) {
            product(block.queryKeyValue, pass.states, rows, into: queryKeyValue, pass, weights)
        }
        pass.waitForRows()
        attend(block, queryKeyValue, pass, weights)
        pass.waitForColumns()
        for rows in pass.rowBlocks(limit: blockRows) {
            let sum = pass.buffers.sum
            product(
                block.attentionOutput, pass.buffers.context, rows, into: sum, residual: pass.states, pass, weights)
            pass.waitForColumns()
            norm(block.attentionNorm, sum, rows, pass, weights)
            feedForward(block, rows, into: sum, pass, weights)
            pass.waitForColumns()
            norm(block.feedForwardNorm, sum, rows, pass, weights)
        }
    }

    /// Computes states = projected embeddings of the tokens.
    func embed(_ embeddings: CPUEmbeddings, _ pass: Pass, weights: WeightStore) {
        for sequence in pass.sequences {
            let rows = sequence.rows.clamped(to: pass.rows)
            guard !rows.isEmpty else { continue }
            let first = rows.lowerBound - sequence.rows.lowerBound
            embeddings(
                pass.tokenIDs[sequence.offset..<sequence.offset + sequence.rows.count], first..<first + rows.count,
                weights: weights, kernels: kernels, into: pass.states[rows.lowerBound])
        }
        guard let projection = embeddings.projection else { return }
        // By way of `sum`: workers that divide columns each have all states, but compute some of the columns only.
        let (states, sum) = (pass.states, pass.buffers.sum)
        for rows in pass.rowBlocks(limit: blockRows) {
            product(projection, states, rows, into: sum, pass, weights)
            pass.waitForColumns()
            for row in rows { states[row].base.update(from: sum[row].base, count: hiddenSize) }
        }
    }

    /// Computes context = softmax(Q Kᵀ ÷ √headSize + B) V for the pass's rows and heads.
    private func attend(_ block: CPUBlock, _ queryKeyValue: Rows, _ pass: Pass, _ weights: WeightStore) {
        let size = block.heads * block.headSize
        for sequence in pass.sequences {
            let rows = sequence.rows.clamped(to: pass.rows)
            guard !rows.isEmpty else { continue }
            let query = queryKeyValue[rows.lowerBound]
            let key = queryKeyValue[sequence.rows.lowerBound].column(size)
            let context = pass.buffers.context[rows.lowerBound]
            for head in block.heads * pass.part / pass.parts..<block.heads * (pass.part + 1) / pass.parts {
                let column = head * block.headSize
                var job = embed_attention(
                    query: query.base + column, query_stride: query.stride, key: key.base + column,
                    value: key.base + size + column, key_stride: key.stride, output: context.base + column,
                    output_stride: context.stride, queries: rows.count, keys: sequence.rows.count,
                    head_size: block.headSize, scale: 1 / Float(block.headSize).squareRoot(),
                    bias: block.relativeBias?.table(head: head, weights: weights),
                    bias_reach: block.relativeBias?.reach ?? 0,
                    first_query: rows.lowerBound - sequence.rows.lowerBound, keys_before: .max,
                    keys_after: .max, score_cap: 0, scratch: pass.scratch)
                kernels.attention(&job)
            }
        }
    }

    /// Computes y = residual + b + x Wᵀ for the pass's columns.
    private func product(
        _ matrix: PackedMatrix, _ x: Rows, _ rows: Range<Int>, into y: Rows, residual: Rows? = nil, _ pass: Pass,
        _ weights: WeightStore
    ) {
        let columns = matrix.share(of: 0..<matrix.outputs, part: pass.part, parts: pass.parts)
        var job = matrix.product(
            x[rows.lowerBound], rows: rows.count, depth: 0..<matrix.inputs, columns: columns, weights: weights,
            into: y[rows.lowerBound].column(columns.lowerBound), scratch: pass.productScratch)
        job.bias = matrix.bias(from: columns.lowerBound, weights: weights)
        job.start = residual.map { UnsafePointer($0[rows.lowerBound].base + columns.lowerBound) }
        job.start_stride = residual?.stride ?? 0
        matrix.format.product(&job)
    }

    /// Computes sum = states + down(activation(up(states))), a part of the intermediate at a time.
    private func feedForward(
        _ block: CPUBlock, _ rows: Range<Int>, into sum: Rows, _ pass: Pass, _ weights: WeightStore
    ) {
        let (up, down) = (block.up, block.down)
        let states = pass.states[rows.lowerBound]
        let outputs = down.share(of: 0..<down.outputs, part: pass.part, parts: pass.parts)
        let columns = pass.parts > 1 ? up.outputs : blockColumns
        // When workers divide columns the intermediate is common to all, with a row for each token.
        let intermediate = pass.parts > 1 ? pass.intermediate[rows.lowerBound] : pass.intermediate
        for first in stride(from: 0, to: up.outputs, by: columns) {
            let inner = first..<min(first + columns, up.outputs)
            let own = up.share(of: inner, part: pass.part, parts: pass.parts)
            var expand = up.product(
                states, rows: rows.count, depth: 0..<up.inputs, columns: own, weights: weights,
                into: intermediate.column(own.lowerBound - first), scratch: pass.productScratch)
            expand.bias = up.bias(from: own.lowerBound, weights: weights)
            expand.activation = block.activation.kernelActivation
            up.format.product(&expand)
            pass.waitForColumns()
            var reduce = down.product(
                intermediate, rows: rows.count, depth: inner, columns: outputs, weights: weights,
                into: sum[rows.lowerBound].column(outputs.lowerBound), scratch: pass.productScratch)
            let start = (first == 0 ? states : sum[rows.lowerBound]).column(outputs.lowerBound)
            reduce.start = UnsafePointer(start.base)
            reduce.start_stride = start.stride
            if first == 0 { reduce.bias = down.bias(from: outputs.lowerBound, weights: weights) }
            down.format.product(&reduce)
        }
    }

    /// Computes states = norm(sum); when workers divide columns each does so for all rows, which is cheaper than waiting.
    private func norm(_ norm: CPUNorm, _ sum: Rows, _ rows: Range<Int>, _ pass: Pass, _ weights: WeightStore) {
        norm(
            sum[rows.lowerBound], count: rows.count, weights: weights, kernels: kernels,
            into: pass.states[rows.lowerBound])
    }
}
