// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels

/// The functions of one instruction set; `CEmbedKernels.h` says what each does.
struct Kernels: Sendable {
    /// A constant of the C target, which nobody writes.
    private nonisolated(unsafe) let table: UnsafePointer<embed_kernels>

    /// The kernels called `name`, or the best that run here.
    init(named name: String?) throws(DeviceError) {
        guard let table = name.map({ embed_kernels_choose($0) }) ?? embed_kernels_choose(nil) else {
            throw .instructionSet(name ?? "", usable: Self.all.filter(\.isUsable).map(\.name))
        }
        self.table = table
    }

    /// What was compiled for this kind of processor, best first.
    static var all: [(name: String, isUsable: Bool)] {
        var result: [(name: String, isUsable: Bool)] = []
        while let table = embed_kernels_at(result.count) {
            result.append((String(cString: table.pointee.isa), table.pointee.usable()))
        }
        return result
    }

    var name: String { String(cString: table.pointee.isa) }
    var panelColumns: Int { table.pointee.panel_columns }
    var tileRows: Int { table.pointee.tile_rows }

    /// The fastest way to keep weights of `type` and multiply by them that runs here.
    func format(for type: WeightType) throws(DeviceError) -> WeightFormat {
        guard let format = embed_format_choose(table, type.kernelType, nil) else {
            throw .weightType(type, kernels: name)
        }
        return WeightFormat(format, type: type)
    }

    func attention(_ job: inout embed_attention) { table.pointee.attention(&job) }

    func attentionScratchCount(queries: Int, headSize: Int) -> Int {
        table.pointee.attention_scratch(queries, headSize)
    }

    func embeddingSum(
        _ tokenIDs: UnsafeBufferPointer<Int32>, tokens: embed_table, scale: Float, positions: UnsafePointer<Float>?,
        type: UnsafePointer<Float>?, size: Int, into rows: Rows
    ) {
        withUnsafePointer(to: tokens) { tokens in
            table.pointee.embedding_sum(
                tokenIDs.baseAddress, tokenIDs.count, tokens, scale, positions, type, size, rows.base, rows.stride)
        }
    }

    func layerNorm(
        _ rows: Rows, count: Int, size: Int, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, epsilon: Float,
        into result: Rows
    ) {
        table.pointee.layer_norm(
            rows.base, rows.stride, weight, bias, epsilon, count, size, result.base, result.stride)
    }

    func rmsNorm(
        _ rows: Rows, count: Int, size: Int, weight: UnsafePointer<Float>, epsilon: Float, into result: Rows
    ) {
        table.pointee.rms_norm(rows.base, rows.stride, weight, epsilon, count, size, result.base, result.stride)
    }

    func rotate(
        _ rows: Rows, count: Int, heads: Int, headSize: Int, size: Int, angles: UnsafePointer<Float>
    ) {
        table.pointee.rotate(rows.base, rows.stride, count, heads, headSize, size, angles)
    }

    func multiply(_ x: Rows, count: Int, size: Int, into y: Rows) {
        table.pointee.multiply(x.base, x.stride, count, size, y.base, y.stride)
    }

    func addScaled(_ x: UnsafePointer<Float>, by scale: Float, count: Int, to y: UnsafeMutablePointer<Float>) {
        table.pointee.add_scaled(x, scale, count, y)
    }

    func maximum(_ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>) {
        table.pointee.maximum(x, count, y)
    }

    func normalize(_ x: UnsafeMutablePointer<Float>, count: Int, smallestLength: Float) {
        table.pointee.normalize(x, count, smallestLength)
    }
}

/// Rows of floats, `stride` apart.
struct Rows {
    var base: UnsafeMutablePointer<Float>
    var stride: Int

    /// The rows from `row` on.
    subscript(row: Int) -> Rows { Rows(base: base + row * stride, stride: stride) }

    /// The same rows from `column` on.
    func column(_ column: Int) -> Rows { Rows(base: base + column, stride: stride) }
}

extension Activation {
    var kernelActivation: embed_activation {
        switch self {
        case .identity: EMBED_ACTIVATION_IDENTITY
        case .gelu: EMBED_ACTIVATION_GELU
        case .geluTanh: EMBED_ACTIVATION_GELU_TANH
        case .relu: EMBED_ACTIVATION_RELU
        case .quickGelu: EMBED_ACTIVATION_QUICK_GELU
        case .silu: EMBED_ACTIVATION_SILU
        case .tanh: EMBED_ACTIVATION_TANH
        }
    }
}
