// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels
import Glibc

/// How this processor computes embeddings and blocks.
///
/// Rows are taken in blocks that stay in the second cache through output projection, norms and feed-forward.
struct CPUExecutor: Sendable {
    let kernels: Kernels
    let hiddenSize: Int
    /// Components of a token's embedding; other than ``hiddenSize`` where it is projected.
    private let embeddingSize: Int
    /// Rows of a block that goes through the feed-forward together, and columns of its intermediate at a time.
    let blockRows: Int
    let blockColumns: Int

    /// Columns of the feed-forward's intermediate computed before they are used: a few panels of weights, so that the
    /// next one can be fetched meanwhile, and a depth at which adding to the sum costs nothing.
    private static let intermediateColumns = 384
    /// Rows that are dealt to experts together: each expert's weights are read once for its part of them.
    private static let expertRows = 256

    init(_ transformer: Transformer, kernels: Kernels) {
        self.kernels = kernels
        hiddenSize = transformer.hiddenSize
        embeddingSize = transformer.embeddings?.size ?? hiddenSize
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

    /// Rows of `block` that are computed together.
    private func rowLimit(_ block: CPUBlock) -> Int {
        block.feedForward.expertCount > 0 ? Self.expertRows : blockRows
    }

    /// What blocks need of a pass's memory, the largest of each.
    struct Sizes: Sendable {
        fileprivate let rowLimit: Int
        fileprivate let queryKeyValue: Int
        fileprivate let context: Int
        fileprivate let headSize: Int
        fileprivate let intermediate: Int
        fileprivate let isGated: Bool
        fileprivate let needsRows: Bool
        fileprivate let experts: Int
        fileprivate let adapterRank: Int
        fileprivate let format: WeightFormat?
    }

    /// The sizes of `blocks`, found once for all passes.
    func sizes(of blocks: [CPUBlock]) -> Sizes {
        func largest(_ size: (CPUBlock) -> Int) -> Int { blocks.map(size).max() ?? 0 }
        return Sizes(
            rowLimit: largest(rowLimit), queryKeyValue: largest(\.attention.queryKeyValue.outputs),
            context: largest(\.attention.output.inputs), headSize: largest(\.attention.headSize),
            intermediate: largest { $0.feedForward.network?.up.outputs ?? 0 },
            isGated: blocks.contains { $0.feedForward.network?.gate != nil },
            needsRows: blocks.contains { $0.attentionNorms.needsRows || $0.feedForwardNorms.needsRows },
            experts: largest(\.feedForward.expertCount), adapterRank: largest(\.adapterRank),
            format: blocks.first?.attention.output.format)
    }

    /// The memory that a pass over `tokens` tokens through blocks of these sizes needs.
    func needs(
        _ sizes: Sizes, tokens: Int, longest: Int, workers: Int, dividesColumns: Bool
    ) -> Workspace.Needs {
        let rows = dividesColumns ? tokens : min(sizes.rowLimit, tokens)
        let inner = dividesColumns ? sizes.intermediate : min(blockColumns, sizes.intermediate)
        let width = max(hiddenSize, embeddingSize)
        return Workspace.Needs(
            tokens: tokens, hidden: width, queryKeyValue: sizes.queryKeyValue, context: sizes.context, rows: rows,
            intermediateColumns: inner, gateColumns: sizes.isGated ? inner : 0,
            normalizedColumns: sizes.needsRows ? width : 0, expertColumns: sizes.experts > 0 ? width : 0,
            experts: sizes.experts, adapterRank: sizes.adapterRank,
            scratch: kernels.attentionScratchCount(queries: longest, headSize: sizes.headSize),
            productScratchByteCount: sizes.format?.scratchByteCount(
                rows: max(rows, blockRows), depth: max(width, sizes.context, inner, blockColumns)) ?? 0,
            workers: workers, dividesColumns: dividesColumns)
    }

    /// Computes layer number `layer` of the model for the pass's rows: new ``Pass/states``.
    func run(_ block: CPUBlock, layer: Int, _ pass: Pass, weights: WeightStore) {
        let (attention, limit) = (block.attention, rowLimit(block))
        let queryKeyValue = pass.queryKeyValue(layer: layer)
        for rows in pass.rowBlocks(limit: limit) {
            let input = input(of: block.attentionNorms, rows, pass, weights)
            product(attention.queryKeyValue, input, rows, into: queryKeyValue[rows.lowerBound], pass, weights)
            if attention.placesTokens, pass.parts == 1 {
                attention.place(rows, of: queryKeyValue, pass, weights: weights, kernels: kernels)
            }
        }
        pass.waitForRows()
        if attention.placesTokens, pass.parts > 1 {
            // A head's columns may be of several workers, so that each takes some of the rows.
            let rows = pass.rows
            let own = rows.count * pass.part / pass.parts..<rows.count * (pass.part + 1) / pass.parts
            attention.place(own, of: queryKeyValue, pass, weights: weights, kernels: kernels)
            pass.waitForColumns()
        }
        attention.attend(queryKeyValue, pass, weights: weights, kernels: kernels)
        pass.waitForColumns()
        for rows in pass.rowBlocks(limit: limit) {
            let states = pass.states[rows.lowerBound]
            let attended = target(of: block.attentionNorms, rows, pass)
            product(
                attention.output, pass.buffers.context[rows.lowerBound], rows, into: attended,
                residual: block.attentionNorms.output == nil ? states : nil, pass, weights)
            complete(block.attentionNorms, attended, rows, pass, weights)
            let input = input(of: block.feedForwardNorms, rows, pass, weights)
            let result = target(of: block.feedForwardNorms, rows, pass)
            feedForward(
                block.feedForward, input, rows, into: result,
                residual: block.feedForwardNorms.output == nil ? states : nil, pass, weights)
            complete(block.feedForwardNorms, result, rows, pass, weights)
        }
    }

    /// Computes states = what the model's first layer makes of the sequences.
    func embed(_ layer: CPUInputLayer, _ pass: Pass, weights: WeightStore) {
        switch layer {
        case .tokens(let embeddings): embed(embeddings, pass, weights: weights)
        case .patches(let patches): embed(patches, pass, weights: weights)
        }
    }

    /// Computes states = projected embeddings of the tokens.
    private func embed(_ embeddings: CPUEmbeddings, _ pass: Pass, weights: WeightStore) {
        for sequence in pass.sequences {
            let rows = sequence.rows.clamped(to: pass.rows)
            guard !rows.isEmpty else { continue }
            let first = rows.lowerBound - sequence.rows.lowerBound
            embeddings(
                pass.input.tokenIDs[sequence.offset..<sequence.offset + sequence.rows.count],
                first..<first + rows.count, task: sequence.task, weights: weights, kernels: kernels,
                into: pass.states[rows.lowerBound])
        }
        guard let projection = embeddings.projection else { return }
        // By way of `sum`: workers that divide columns each have all states, but compute some of the columns only.
        for rows in pass.rowBlocks(limit: blockRows) {
            let sum = pass.buffers.sum[rows.lowerBound]
            product(projection, pass.states[rows.lowerBound], rows, into: sum, pass, weights)
            pass.waitForColumns()
            copy(sum, count: rows.count, to: pass.states[rows.lowerBound])
        }
    }

    /// Computes states = norm(states), after the last block.
    func finish(_ norm: CPUNorm, _ pass: Pass, weights: WeightStore) {
        let states = pass.states[pass.rows.lowerBound]
        norm(states, count: pass.rows.count, weights: weights, kernels: kernels, into: states)
    }

    /// What goes into a part of a block: the states of `rows`, normalised where the part has a norm for that.
    private func input(
        of norms: CPUResidualNorms, _ rows: Range<Int>, _ pass: Pass, _ weights: WeightStore
    ) -> Rows {
        let states = pass.states[rows.lowerBound]
        guard let norm = norms.input else { return states }
        norm(states, count: rows.count, weights: weights, kernels: kernels, into: pass.normalized)
        return pass.normalized
    }

    /// Where a part of a block is summed: in the states themselves when nothing reads them until the sum is complete.
    private func target(of norms: CPUResidualNorms, _ rows: Range<Int>, _ pass: Pass) -> Rows {
        let isDirect = pass.parts == 1 && norms.input != nil && norms.output == nil && norms.sum == nil
        return (isDirect ? pass.states : pass.buffers.sum)[rows.lowerBound]
    }

    /// Computes states = sum norm(states + output norm(sum)); the states are in the sum already without an output norm.
    ///
    /// When workers divide columns each does so for all rows, which is cheaper than waiting.
    private func complete(
        _ norms: CPUResidualNorms, _ sum: Rows, _ rows: Range<Int>, _ pass: Pass, _ weights: WeightStore
    ) {
        pass.waitForColumns()
        let states = pass.states[rows.lowerBound]
        var result = sum
        if let norm = norms.output {
            norm(sum, count: rows.count, weights: weights, kernels: kernels, into: pass.normalized)
            for row in 0..<rows.count {
                kernels.addScaled(pass.normalized[row].base, by: 1, count: hiddenSize, to: states[row].base)
            }
            result = states
        }
        if let norm = norms.sum, let second = norms.secondSum {
            norm(result, count: rows.count, weights: weights, kernels: kernels, into: pass.normalized)
            for row in 0..<rows.count {
                kernels.addScaled(states[row].base, by: 1, count: hiddenSize, to: pass.normalized[row].base)
            }
            second(pass.normalized, count: rows.count, weights: weights, kernels: kernels, into: states)
        } else if let norm = norms.sum {
            norm(result, count: rows.count, weights: weights, kernels: kernels, into: states)
        } else if result.base != states.base {
            copy(result, count: rows.count, to: states)
        }
    }

    func copy(_ source: Rows, count: Int, to target: Rows) {
        for row in 0..<count { target[row].base.update(from: source[row].base, count: hiddenSize) }
    }

    /// Computes y = residual + b + x Wᵀ for the pass's columns; x and y begin at the first of `rows`.
    func product(
        _ matrix: PackedMatrix, _ x: Rows, _ rows: Range<Int>, into y: Rows, residual: Rows? = nil, _ pass: Pass,
        _ weights: WeightStore
    ) {
        let columns = matrix.share(of: 0..<matrix.outputs, part: pass.part, parts: pass.parts)
        var job = matrix.product(
            x, rows: rows.count, depth: 0..<matrix.inputs, columns: columns, weights: weights,
            into: y.column(columns.lowerBound), scratch: pass.productScratch)
        job.bias = matrix.bias(from: columns.lowerBound, weights: weights)
        let start = adapted(
            matrix, x, rows, depth: 0..<matrix.inputs, outputs: columns, into: y, from: residual, pass, weights)
        job.start = start.map { UnsafePointer($0.base + columns.lowerBound) }
        job.start_stride = start?.stride ?? 0
        matrix.format.product(&job)
    }
}
