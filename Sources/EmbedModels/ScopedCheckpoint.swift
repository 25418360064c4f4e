// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A checkpoint seen from inside one of its modules: names are relative to `prefix`, spelled as in the checkpoint.
package struct ScopedCheckpoint: Sendable {
    package let checkpoint: Checkpoint
    /// Empty, or ending in a dot.
    package let prefix: String
    /// Where matrices stand beside adapters.
    package var adaptation: Adaptation?

    package init(_ checkpoint: Checkpoint, prefix: String = "") {
        self.checkpoint = checkpoint
        self.prefix = prefix
    }

    /// The same checkpoint inside the module `name`.
    package func scope(_ name: String) -> ScopedCheckpoint {
        var scope = ScopedCheckpoint(checkpoint, prefix: "\(prefix)\(name).")
        scope.adaptation = adaptation
        return scope
    }

    /// The weight called `name` in this module.
    package func weight(_ name: String, shape: [Int]) throws(ModelFileError) -> Tensor {
        try checkpoint.weight(prefix + name, shape: shape)
    }

    /// What linear layers and embeddings call their matrices.
    var matrixName: String { adaptation == nil ? "weight" : Adaptation.matrixName }

    /// Whether there is a tensor called `name` in this module.
    package func contains(_ name: String) -> Bool { checkpoint.contains(prefix + name) }

    /// The checkpoint inside the first of `modules` in which `name` exists, or this one.
    ///
    /// A model saved with a task's head on top keeps its encoder under a name, such as "bert".
    package func scopeHolding(_ name: String, among modules: [String]) -> ScopedCheckpoint {
        modules.map(scope).first { checkpoint.contains($0.prefix + name) } ?? self
    }
}
