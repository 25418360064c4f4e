// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A normalisation of each row; shapes: x `[rows, size]`, `weight` and `bias` `[size]`.
package struct Norm: Sendable {
    package enum Kind: Sendable, Equatable {
        /// y = (x − mean x) ÷ √(var x + ε) · weight + bias, with the variance over all elements (÷ n). Paper: arXiv
        /// 1607.06450.
        case layer
        /// y = x ÷ √(mean x² + ε) · (weightOffset + weight); the offset is 0, or 1 in Gemma. Paper: arXiv 1910.07467.
        case rootMeanSquare(weightOffset: Float)
    }

    package var kind: Kind
    package var weight: Tensor
    /// Zeros when absent; a root mean square has none.
    package var bias: Tensor?
    package var epsilon: Float
    package var size: Int

    package init(kind: Kind, weight: Tensor, bias: Tensor?, epsilon: Float, size: Int) {
        self.kind = kind
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
        self.size = size
    }

    /// The layer norm whose tensors are `name.weight` and, unless `hasBias` is false, `name.bias` in `checkpoint`.
    package init(
        layer name: String, size: Int, epsilon: Float, hasBias: Bool = true, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) {
        self.init(
            kind: .layer, weight: try checkpoint.weight("\(name).weight", shape: [size]),
            bias: hasBias ? try checkpoint.weight("\(name).bias", shape: [size]) : nil, epsilon: epsilon, size: size)
    }

    /// The norm by root mean square whose tensor is `name.weight` in `checkpoint`.
    package init(
        rootMeanSquare name: String, size: Int, epsilon: Float, weightOffset: Float = 0,
        in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) {
        self.init(
            kind: .rootMeanSquare(weightOffset: weightOffset),
            weight: try checkpoint.weight("\(name).weight", shape: [size]), bias: nil, epsilon: epsilon, size: size)
    }
}
