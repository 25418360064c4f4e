// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// One linear layer, or several of the same inputs side by side, in the panel order of the kernels.
///
/// Shape: `[⌈outputs ÷ panelColumns⌉, inputs, panelColumns]`; a product streams it from begin to end.
struct PackedMatrix: Sendable {
    let inputs: Int
    let outputs: Int
    let panelColumns: Int
    private let panels: WeightPlace
    private let bias: WeightPlace?

    /// Plans the packing of `layers`, whose outputs stand side by side in this order.
    init(_ layers: [Linear], panelColumns: Int, in plan: inout WeightPlan) {
        let inputs = layers.first?.inputs ?? 0
        outputs = layers.reduce(0) { $0 + $1.outputs }
        self.inputs = inputs
        self.panelColumns = panelColumns
        panels = plan.zeros(outputs.roundedUp(toMultipleOf: panelColumns) * inputs)
        bias = layers.contains { $0.bias != nil } ? plan.zeros(outputs) : nil
        var column = 0
        for layer in layers {
            let (weight, firstColumn) = (layer.weight, column)
            plan.fill(panels, from: weight) { target in
                weight.withBytes { bytes in
                    embed_pack(
                        bytes.baseAddress, weight.elementType.storage, layer.outputs, inputs, firstColumn, panelColumns,
                        target)
                }
                weight.release()
            }
            if let bias, let values = layer.bias { plan.copy(values, to: bias, at: firstColumn) }
            column += layer.outputs
        }
    }

    /// The product with outputs `columns`, which begin at a panel's edge, over inputs `depth`; y begins at its first
    /// output, x at the first of these inputs.
    func product(
        _ x: Rows, rows: Int, depth: Range<Int>, columns: Range<Int>, weights: WeightStore, into y: Rows
    ) -> embed_product {
        let panelStride = inputs * panelColumns
        return embed_product(
            x: x.base, x_stride: x.stride,
            panels: weights[panels] + columns.lowerBound / panelColumns * panelStride + depth.lowerBound * panelColumns,
            panel_stride: panelStride, y: y.base, y_stride: y.stride, rows: rows, depth: depth.count,
            columns: columns.count, start: nil, start_stride: 0, bias: nil, activation: EMBED_ACTIVATION_IDENTITY)
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
