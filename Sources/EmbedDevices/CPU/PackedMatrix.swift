// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// One linear layer, or several of the same inputs side by side, in the panel order of the kernels.
///
/// A product streams it from begin to end.
struct PackedMatrix: Sendable {
    let inputs: Int
    let outputs: Int
    let format: WeightFormat
    private let panelColumns: Int
    private let panelByteCount: Int
    private let panels: WeightPlace
    private let bias: WeightPlace?
    /// For each of the model's tasks what it adds to each of the layers; empty where tasks add nothing.
    let adapters: [[LowRank]]

    /// A ``LowRankAdapter`` with its matrices packed.
    struct LowRank: Sendable {
        /// Shape: `[inputs] → [rank]`.
        let down: PackedMatrix
        /// Shape: `[rank] → [outputs of one layer]`.
        let up: PackedMatrix
        let scale: Float
        /// Where that layer's outputs begin.
        let column: Int
    }

    /// Plans the packing of `layers`, whose outputs stand side by side in this order.
    init(_ layers: [Linear], format: WeightFormat, panelColumns: Int, in plan: inout WeightPlan) {
        let inputs = layers.first?.inputs ?? 0
        outputs = layers.reduce(0) { $0 + $1.outputs }
        self.inputs = inputs
        self.format = format
        self.panelColumns = panelColumns
        panelByteCount = format.panelByteCount(inputs: inputs)
        panels = plan.zeros(byteCount: (outputs + panelColumns - 1) / panelColumns * panelByteCount)
        bias = layers.contains { $0.bias != nil } ? plan.floats(outputs) : nil
        var column = 0
        for layer in layers {
            let firstColumn = column
            plan.fill(panels, from: layer.weight) { target in
                format.pack(layer, column: firstColumn, into: target)
            }
            if let bias, let values = layer.bias { plan.copy(values, to: bias, at: firstColumn) }
            column += layer.outputs
        }
        adapters = Self.adapters(of: layers, format: format, panelColumns: panelColumns, in: &plan)
    }

    private static func adapters(
        of layers: [Linear], format: WeightFormat, panelColumns: Int, in plan: inout WeightPlan
    ) -> [[LowRank]] {
        let tasks = layers.first?.adapters.count ?? 0
        var result: [[LowRank]] = []
        for task in 0..<tasks {
            var parts: [LowRank] = []
            var column = 0
            for layer in layers {
                let adapter = layer.adapters[task]
                func pack(_ weight: Tensor, _ inputs: Int, _ outputs: Int) -> PackedMatrix {
                    PackedMatrix(
                        [Linear(weight: weight, bias: nil, inputs: inputs, outputs: outputs)], format: format,
                        panelColumns: panelColumns, in: &plan)
                }
                parts.append(
                    LowRank(
                        down: pack(adapter.down, layer.inputs, adapter.rank),
                        up: pack(adapter.up, adapter.rank, layer.outputs), scale: adapter.scale, column: column))
                column += layer.outputs
            }
            result.append(parts)
        }
        return result
    }

    /// The largest rank of its adapters.
    var adapterRank: Int { adapters.joined().map(\.down.outputs).max() ?? 0 }

    /// The product with outputs `columns`, which begin at a panel's edge, over inputs `depth`; y begins at its first
    /// output, x at the first of these inputs.
    ///
    /// `scratch` has room for ``WeightFormat/scratchByteCount(rows:depth:)``.
    func product(
        _ x: Rows, rows: Int, depth: Range<Int>, columns: Range<Int>, weights: WeightStore, into y: Rows,
        scratch: UnsafeMutableRawPointer
    ) -> embed_product {
        let start = columns.lowerBound / panelColumns * panelByteCount + format.panelByteCount(inputs: depth.lowerBound)
        return embed_product(
            x: x.base, x_stride: x.stride, panels: weights.bytes(at: panels) + start, panel_stride: panelByteCount,
            y: y.base, y_stride: y.stride, rows: rows, depth: depth.count, columns: columns.count, start: nil,
            start_stride: 0, bias: nil, activation: EMBED_ACTIVATION_IDENTITY, scratch: scratch)
    }

    /// The bias of the outputs from `column` on.
    func bias(from column: Int, weights: WeightStore) -> UnsafePointer<Float>? {
        bias.map { weights[$0] + column }
    }

    /// Part `part` of `parts` of the outputs `columns`, cut at panels' edges; empty when there are fewer panels.
    func share(of columns: Range<Int>, part: Int, parts: Int) -> Range<Int> {
        let panels = (columns.count + panelColumns - 1) / panelColumns
        func edge(_ part: Int) -> Int {
            min(columns.upperBound, columns.lowerBound + panels * part / parts * panelColumns)
        }
        return edge(part)..<edge(part + 1)
    }
}
