// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A linear layer: y = x Wᵀ + b.
///
/// Shapes: x `[rows, inputs]`, `weight` `[outputs, inputs]` as PyTorch stores it, `bias` `[outputs]`.
package struct Linear: Sendable {
    package var weight: Tensor
    /// The weight is stored as `[inputs, outputs]` instead.
    package var isTransposed: Bool
    package var bias: Tensor?
    package var inputs: Int
    package var outputs: Int
    /// One for each of ``Transformer/adapters``; empty in a layer that is the same for all tasks.
    package var adapters: [LowRankAdapter]

    package init(
        weight: Tensor, isTransposed: Bool = false, bias: Tensor?, inputs: Int, outputs: Int,
        adapters: [LowRankAdapter] = []
    ) {
        self.weight = weight
        self.isTransposed = isTransposed
        self.bias = bias
        self.inputs = inputs
        self.outputs = outputs
        self.adapters = adapters
    }

    /// Multiplications and additions for one row.
    var operationsPerRow: Int { 2 * inputs * outputs }

    /// The layer whose tensors are `name.weight` and, unless `hasBias` is false, `name.bias` in `checkpoint`.
    package init(
        _ name: String, inputs: Int, outputs: Int, hasBias: Bool = true, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) {
        self.init(
            weight: try checkpoint.weight("\(name).\(checkpoint.matrixName)", shape: [outputs, inputs]),
            bias: hasBias ? try checkpoint.weight("\(name).bias", shape: [outputs]) : nil,
            inputs: inputs, outputs: outputs,
            adapters: try checkpoint.adaptation?.adapters(name, inputs: inputs, outputs: outputs, in: checkpoint) ?? [])
    }

    /// The layers that `checkpoint` keeps one after the other in the tensors of `name`, with so many `outputs` each.
    package static func parts(
        _ name: String, inputs: Int, outputs: [Int], hasBias: Bool = true, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> [Linear] {
        let whole = try Linear(
            name, inputs: inputs, outputs: outputs.reduce(0, +), hasBias: hasBias, in: checkpoint)
        var first = 0
        return outputs.map { count in
            defer { first += count }
            return whole.part(first..<first + count)
        }
    }

    /// The layer of some of this one's outputs.
    package func part(_ range: Range<Int>) -> Linear {
        Linear(
            weight: weight.rows(range), bias: bias.map { $0.rows(range) }, inputs: inputs, outputs: range.count,
            adapters: adapters.map {
                LowRankAdapter(down: $0.down, up: $0.up.rows(range), rank: $0.rank, scale: $0.scale)
            })
    }
}
