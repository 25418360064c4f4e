// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A normalisation of each row.
///
/// `layer`: y = (x − mean x) ÷ √(var x + ε) · weight + bias, with the variance over all elements (÷ n).
/// Shapes: x `[rows, size]`, `weight` and `bias` `[size]`. Paper: arXiv 1607.06450.
package struct Norm: Sendable {
    package enum Kind: Sendable {
        case layer
    }

    package var kind: Kind
    package var weight: Tensor
    package var bias: Tensor
    package var epsilon: Float
    package var size: Int

    package init(kind: Kind, weight: Tensor, bias: Tensor, epsilon: Float, size: Int) {
        self.kind = kind
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
        self.size = size
    }

    /// The layer norm whose tensors are `name.weight` and `name.bias` in `checkpoint`.
    package init(
        layer name: String, size: Int, epsilon: Float, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) {
        self.init(
            kind: .layer, weight: try checkpoint.weight("\(name).weight", shape: [size]),
            bias: try checkpoint.weight("\(name).bias", shape: [size]), epsilon: epsilon, size: size)
    }
}
