// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// A linear layer and an activation on the pooled vector: activation(x Wᵀ + b).
///
/// Follows `Dense` in sentence-transformers; its weights are `linear.weight` and `linear.bias` in the module's folder.
package struct Dense: Sendable {
    package var linear: Linear
    package var activation: Activation

    package init(linear: Linear, activation: Activation) {
        self.linear = linear
        self.activation = activation
    }

    init(
        inputs: Int, outputs: Int, hasBias: Bool, activation name: String, folder: String, in directory: ModelDirectory
    ) throws(ModelFileError) {
        guard let activation = Activation(torchClass: name) else {
            throw .invalidKey(
                file: "\(folder)/config.json", key: "activation_function", found: name,
                expected: "Identity, GELU, ReLU, SiLU or Tanh of torch.nn")
        }
        self.activation = activation
        let checkpoint = ScopedCheckpoint(try Checkpoint(in: directory.subdirectory(folder)))
        linear = try Linear("linear", inputs: inputs, outputs: outputs, hasBias: hasBias, in: checkpoint)
    }
}
