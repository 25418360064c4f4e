// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A linear layer: y = x Wᵀ + b.
///
/// Shapes: x `[rows, inputs]`, `weight` `[outputs, inputs]` as PyTorch stores it, `bias` `[outputs]`.
package struct Linear: Sendable {
    package var weight: Tensor
    package var bias: Tensor?
    package var inputs: Int
    package var outputs: Int

    package init(weight: Tensor, bias: Tensor?, inputs: Int, outputs: Int) {
        self.weight = weight
        self.bias = bias
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Multiplications and additions for one row.
    var operationsPerRow: Int { 2 * inputs * outputs }

    /// The layer whose tensors are `name.weight` and, unless `hasBias` is false, `name.bias` in `checkpoint`.
    package init(
        _ name: String, inputs: Int, outputs: Int, hasBias: Bool = true, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) {
        self.init(
            weight: try checkpoint.weight("\(name).weight", shape: [outputs, inputs]),
            bias: hasBias ? try checkpoint.weight("\(name).bias", shape: [outputs]) : nil,
            inputs: inputs, outputs: outputs)
    }
}
