// SPDX-License-Identifier: Apache-2.0

/// The two-layer network applied to each token: down(activation(up(x))).
///
/// Shapes: `up` `[hidden] → [intermediate]`, `down` `[intermediate] → [hidden]`.
package struct FeedForward: Sendable {
    package var up: Linear
    package var activation: Activation
    package var down: Linear

    package init(up: Linear, activation: Activation, down: Linear) {
        self.up = up
        self.activation = activation
        self.down = down
    }
}
