// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// ``Embeddings`` with their tables copied.
struct CPUEmbeddings: Sendable {
    let size: Int
    /// What turns embeddings into hidden states, where their sizes differ.
    let projection: PackedMatrix?
    private let tokens: Table
    private let scale: Float
    private let positions: WeightPlace?
    /// How the positions of a model with a padding id are counted.
    private let padding: Padding?
    private let type: WeightPlace?
    private let norm: CPUNorm?
    /// What each of the model's tasks adds.
    private let adapters: [Adapter]

    /// An ``Embeddings/Adapter`` with its numbers copied.
    private struct Adapter: Sendable {
        let tokens: CPULowRankTable
        let types: CPULowRankTable?
    }

    private struct Padding: Sendable {
        /// Its row in the table of positions.
        let position: Int
        /// What stands for it among the ids that are looked up; nil when it isn't among them.
        let tokenID: Int32?
    }

    /// Plans the copying; `tokenIDs` are the rows of the table of tokens to keep, in this order, nil for all.
    ///
    /// With some of the rows, what is looked up later is a number in this list, and tasks add nothing.
    init(
        _ embeddings: Embeddings, kernels: Kernels, format: WeightFormat, tokenIDs: [Int32]? = nil,
        in plan: inout WeightPlan
    ) {
        size = embeddings.size
        scale = embeddings.scale
        tokens = Table(embeddings.tokens, rows: tokenIDs, width: size, type: format.type, in: &plan)
        positions = embeddings.positions.map { plan.copy($0) }
        padding = embeddings.paddingID.map { id in
            let number = tokenIDs.map { $0.firstIndex(of: id).map { Int32($0) } } ?? id
            return Padding(position: Int(id), tokenID: number)
        }
        type = embeddings.tokenTypes.map { plan.copy($0) }
        norm = embeddings.norm.map { CPUNorm($0, in: &plan) }
        projection = embeddings.projection.map {
            PackedMatrix([$0], format: format, panelColumns: kernels.panelColumns, in: &plan)
        }
        var adapters: [Adapter] = []
        for adapter in tokenIDs == nil ? embeddings.adapters : [] {
            adapters.append(
                Adapter(
                    tokens: CPULowRankTable(adapter.tokens, in: &plan),
                    types: adapter.tokenTypes.map { CPULowRankTable($0, in: &plan) }))
        }
        self.adapters = adapters
    }

    /// The embeddings of the tokens `range` of `sequence` for this task, before the projection.
    func callAsFunction(
        _ sequence: Slice<UnsafeBufferPointer<Int32>>, _ range: Range<Int>, task: Int?, weights: WeightStore,
        kernels: Kernels, into x: Rows
    ) {
        let ids = UnsafeBufferPointer(rebasing: sequence)
        func sum(_ tokens: Range<Int>, position: Int) {
            kernels.embeddingSum(
                UnsafeBufferPointer(rebasing: ids[tokens]), tokens: self.tokens.kernelTable(weights), scale: scale,
                positions: positions.map { weights[$0] + position * size }, type: type.map { weights[$0] },
                size: size, into: x[tokens.lowerBound - range.lowerBound])
        }
        if let padding {
            var position = padding.position + 1 + ids[..<range.lowerBound].count { $0 != padding.tokenID }
            var first = range.lowerBound
            while first < range.upperBound {
                let end = ids[first..<range.upperBound].firstIndex { $0 == padding.tokenID } ?? range.upperBound
                sum(first..<end, position: position)
                position += end - first
                if end < range.upperBound { sum(end..<end + 1, position: padding.position) }
                first = end + 1
            }
        } else {
            sum(range, position: range.lowerBound)
        }
        if let task, !adapters.isEmpty {
            for (row, id) in ids[range].enumerated() {
                let target = x[row].base
                adapters[task].tokens.add(row: Int(id), to: target, size: size, weights: weights, kernels: kernels)
                adapters[task].types?.add(row: 0, to: target, size: size, weights: weights, kernels: kernels)
            }
        }
        norm?(x, count: range.count, weights: weights, kernels: kernels, into: x)
    }
}

/// Rows to look up, in the type of the model's weights.
private struct Table: Sendable {
    private let type: WeightType
    private let rows: WeightPlace
    /// A factor for each row of whole numbers.
    private let factors: WeightPlace?

    /// Plans the copying of `tensor` `[…, width]`, or only of its rows `ids` in this order.
    init(_ tensor: Tensor, rows ids: [Int32]?, width: Int, type: WeightType, in plan: inout WeightPlan) {
        let count = ids?.count ?? tensor.count / max(width, 1)
        let byteCount = (count * width * type.byteCount).roundedUp(toMultipleOf: 64)
        self.type = type
        // The factors stand behind the rows, so that one piece of work can write both.
        rows = plan.zeros(byteCount: byteCount + (type == .int8 ? count * MemoryLayout<Float>.stride : 0))
        factors = type == .int8 ? rows.advanced(by: byteCount) : nil
        let pieces = ids.map { $0.indices.map { $0..<$0 + 1 } } ?? WeightPlan.pieces(of: count, width: width)
        for piece in pieces {
            let source = ids.map { Int($0[piece.lowerBound]) } ?? piece.lowerBound
            plan.fill(rows, from: tensor) { target in
                tensor.withElements(from: source * width) { elements in
                    let factors = (target + byteCount).assumingMemoryBound(to: Float.self) + piece.lowerBound
                    return embed_pack_table(
                        elements, tensor.elementType.storage, type.kernelType, piece.count, width,
                        target + piece.lowerBound * width * type.byteCount, type == .int8 ? factors : nil)
                }
            }
        }
    }

    func kernelTable(_ weights: WeightStore) -> embed_table {
        embed_table(type: type.kernelType, rows: weights.bytes(at: rows), factors: factors.map { weights[$0] })
    }
}
