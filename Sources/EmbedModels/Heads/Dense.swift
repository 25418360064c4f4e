// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// A linear layer and an activation on the pooled vector, and what is added to it: activation(x Wᵀ + b) + residual.
///
/// Follows `Dense` in sentence-transformers; its weights are `linear.weight` and `linear.bias` in the module's folder, and
/// `residual.weight` where x can't be added as it is.
package struct Dense: Sendable {
    /// What is added to the result (`use_residual`).
    package enum Residual: Sendable {
        case none
        /// x
        case input
        /// x Rᵀ
        case projected(Linear)
    }

    package var linear: Linear
    package var activation: Activation
    package var residual: Residual

    package init(linear: Linear, activation: Activation, residual: Residual = .none) {
        self.linear = linear
        self.activation = activation
        self.residual = residual
    }

    init(
        inputs: Int, outputs: Int, hasBias: Bool, activation name: String, hasResidual: Bool, folder: String,
        in directory: ModelDirectory
    ) throws(ModelFileError) {
        guard let activation = Activation(torchClass: name) else {
            throw .invalidKey(
                file: "\(folder)/config.json", key: "activation_function", found: name,
                expected: "Identity, GELU, ReLU, SiLU or Tanh of torch.nn")
        }
        self.activation = activation
        let checkpoint = ScopedCheckpoint(try Checkpoint(in: directory.subdirectory(folder)))
        linear = try Linear("linear", inputs: inputs, outputs: outputs, hasBias: hasBias, in: checkpoint)
        if !hasResidual {
            residual = .none
        } else if inputs == outputs {
            residual = .input
        } else {
            residual = .projected(
                try Linear("residual", inputs: inputs, outputs: outputs, hasBias: false, in: checkpoint))
        }
    }
}
