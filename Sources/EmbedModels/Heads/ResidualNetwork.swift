// SPDX-License-Identifier: Apache-2.0

/// A two-layer network on the pooled vector, which is added to what it gives: x + down(activation(up(norm(x)))).
///
/// Shapes: `norm` `[hidden]`, `up` `[hidden] → [intermediate]`, `down` `[intermediate] → [hidden]`.
package struct ResidualNetwork: Sendable {
    package var norm: Norm
    package var up: Linear
    package var activation: Activation
    package var down: Linear

    package init(norm: Norm, up: Linear, activation: Activation, down: Linear) {
        self.norm = norm
        self.up = up
        self.activation = activation
        self.down = down
    }
}
