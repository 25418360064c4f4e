// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels

/// ``Attention`` with its weights packed.
struct CPUAttention: Sendable {
    /// Query, key and value in one product: `[hidden] → [(heads + 2 · keyValueHeads) · headSize]`.
    let queryKeyValue: PackedMatrix
    let output: PackedMatrix
    let heads: Int
    let headSize: Int
    private let keyValueHeads: Int
    private let scale: Float
    private let scoreCap: Float
    private let mask: AttentionMask
    private let queryNorm: CPUNorm?
    private let keyNorm: CPUNorm?
    /// Its number among the model's rotations.
    private let rotation: Int?
    private let relativeBias: CPURelativeBias?

    /// `rotations` are those of the whole model, `maxPositions` its longest sequence.
    init(
        _ attention: Attention, kernels: Kernels, format: WeightFormat, rotations: [Rotary], maxPositions: Int,
        in plan: inout WeightPlan
    ) {
        func pack(_ layers: Linear...) -> PackedMatrix {
            PackedMatrix(layers, format: format, panelColumns: kernels.panelColumns, in: &plan)
        }
        queryKeyValue = pack(attention.query, attention.key, attention.value)
        output = pack(attention.output)
        heads = attention.heads
        keyValueHeads = attention.keyValueHeads
        headSize = attention.headSize
        scale = attention.scale
        scoreCap = attention.scoreCap ?? 0
        mask = attention.mask
        queryNorm = attention.queryNorm.map { CPUNorm($0, in: &plan) }
        keyNorm = attention.keyNorm.map { CPUNorm($0, in: &plan) }
        rotation = attention.rotary.flatMap { rotations.firstIndex(of: $0) }
        relativeBias = attention.relativeBias.map {
            CPURelativeBias($0, heads: attention.heads, maxPositions: maxPositions, in: &plan)
        }
    }

    /// Whether queries and keys change between their product and attention.
    var placesTokens: Bool { queryNorm != nil || keyNorm != nil || rotation != nil }

    /// Normalises and turns queries and keys of `rows` in place.
    func place(
        _ rows: Range<Int>, of queryKeyValue: Rows, _ pass: Pass, weights: WeightStore, kernels: Kernels
    ) {
        let keys = queryKeyValue.column(heads * headSize)
        queryNorm?.normalizeHeads(
            queryKeyValue[rows.lowerBound], count: rows.count, heads: heads, headSize: headSize, weights: weights,
            kernels: kernels)
        keyNorm?.normalizeHeads(
            keys[rows.lowerBound], count: rows.count, heads: keyValueHeads, headSize: headSize, weights: weights,
            kernels: kernels)
        guard let rotation else { return }
        let table = pass.rotations[rotation]
        for sequence in pass.sequences {
            let own = sequence.rows.clamped(to: rows)
            guard !own.isEmpty else { continue }
            // Query and key heads stand side by side.
            table.withAngles(from: own.lowerBound - sequence.rows.lowerBound, length: sequence.rows.count) { angles in
                kernels.rotate(
                    queryKeyValue[own.lowerBound], count: own.count, heads: heads + keyValueHeads, headSize: headSize,
                    size: table.rotary.size, angles: angles)
            }
        }
    }

    /// Computes context = softmax(…) V for the pass's rows and heads.
    func attend(_ queryKeyValue: Rows, _ pass: Pass, weights: WeightStore, kernels: Kernels) {
        let (size, keyValueSize) = (heads * headSize, keyValueHeads * headSize)
        let group = heads / keyValueHeads
        for sequence in pass.sequences {
            let rows = sequence.rows.clamped(to: pass.rows)
            guard !rows.isEmpty else { continue }
            let query = queryKeyValue[rows.lowerBound]
            let key = queryKeyValue[sequence.rows.lowerBound].column(size)
            let context = pass.buffers.context[rows.lowerBound]
            for head in heads * pass.part / pass.parts..<heads * (pass.part + 1) / pass.parts {
                let (column, keyColumn) = (head * headSize, head / group * headSize)
                var job = embed_attention()
                job.query = UnsafePointer(query.base + column)
                job.query_stride = query.stride
                job.key = UnsafePointer(key.base + keyColumn)
                job.value = UnsafePointer(key.base + keyValueSize + keyColumn)
                job.key_stride = key.stride
                job.output = context.base + column
                job.output_stride = context.stride
                job.queries = rows.count
                job.keys = sequence.rows.count
                job.head_size = headSize
                job.scale = scale
                job.bias = relativeBias?.table(head: head, weights: weights)
                job.bias_reach = relativeBias?.reach ?? 0
                job.first_query = rows.lowerBound - sequence.rows.lowerBound
                // More than any sequence has is as good as no limit.
                job.keys_before = mask.before ?? sequence.rows.count
                job.keys_after = mask.after ?? sequence.rows.count
                job.score_cap = scoreCap
                job.scratch = pass.scratch
                kernels.attention(&job)
            }
        }
    }
}
