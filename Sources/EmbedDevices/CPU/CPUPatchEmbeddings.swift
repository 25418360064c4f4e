// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// ``PatchEmbeddings`` with their weights packed.
struct CPUPatchEmbeddings: Sendable {
    /// `[3 · patchSize²] → [hidden]`.
    let projection: PackedMatrix
    let classToken: WeightPlace?
    /// `[sequenceLength, hidden]`.
    let positions: WeightPlace
    let norm: CPUNorm?
    /// Hidden states of an image.
    let sequenceLength: Int
    /// Patches of an image.
    let patchCount: Int

    init(_ patches: PatchEmbeddings, kernels: Kernels, format: WeightFormat, in plan: inout WeightPlan) {
        projection = PackedMatrix([patches.projection], format: format, panelColumns: kernels.panelColumns, in: &plan)
        classToken = patches.classToken.map { plan.copy($0) }
        positions = plan.copy(patches.positions)
        norm = patches.norm.map { CPUNorm($0, in: &plan) }
        sequenceLength = patches.sequenceLength
        patchCount = patches.patchCount
    }

    /// Numbers of an image's patches.
    var numberCount: Int { patchCount * projection.inputs }
    /// Where an image's first patch stands among its hidden states.
    var firstPatch: Int { sequenceLength - patchCount }
}

/// The first layer of a model with its weights packed.
enum CPUInputLayer: Sendable {
    case tokens(CPUEmbeddings)
    case patches(CPUPatchEmbeddings)

    /// `tokenIDs` are the rows of the table of tokens to keep, in this order, nil for all.
    init(
        _ layer: InputLayer, kernels: Kernels, format: WeightFormat, tokenIDs: [Int32]? = nil,
        in plan: inout WeightPlan
    ) {
        switch layer {
        case .tokens(let embeddings):
            self = .tokens(
                CPUEmbeddings(embeddings, kernels: kernels, format: format, tokenIDs: tokenIDs, in: &plan))
        case .patches(let patches):
            self = .patches(CPUPatchEmbeddings(patches, kernels: kernels, format: format, in: &plan))
        }
    }

    /// The hidden states of the sequences in `batch`.
    ///
    /// - Throws: an error for a sequence of the other kind, and for an image of another size.
    func rows(of batch: RaggedBatch) throws(DeviceError) -> BatchRows {
        let expected =
            switch self {
            case .tokens: 0
            case .patches(let patches): patches.numberCount
            }
        for index in 0..<batch.count where batch.patchNumbers(of: index) != expected {
            throw .patches(count: batch.patchNumbers(of: index), expected: expected)
        }
        switch self {
        case .tokens: return BatchRows(counts: (0..<batch.count).map { batch.length(of: $0) })
        case .patches(let patches):
            return BatchRows(counts: [Int](repeating: patches.sequenceLength, count: batch.count))
        }
    }
}
