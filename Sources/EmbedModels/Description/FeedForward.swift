// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// What a block applies to each token by itself.
package enum FeedForwardLayer: Sendable {
    case one(FeedForward)
    case experts(Experts)
}

/// A two-layer network: down(activation(up(x))), or with a gate down(activation(gate(x)) · up(x)).
///
/// Shapes: `up` and `gate` `[hidden] → [intermediate]`, `down` `[intermediate] → [hidden]`. Paper on gates: arXiv
/// 2002.05202.
package struct FeedForward: Sendable {
    package var up: Linear
    package var gate: Linear?
    package var activation: Activation
    package var down: Linear

    package init(up: Linear, gate: Linear? = nil, activation: Activation, down: Linear) {
        self.up = up
        self.gate = gate
        self.activation = activation
        self.down = down
    }

    /// Multiplications and additions for one token.
    var operationsPerToken: Int {
        up.operationsPerRow + down.operationsPerRow + (gate?.operationsPerRow ?? 0)
    }
}

/// A mixture of experts: the sum of the `chosen` likeliest experts' results, each times its probability, + bias.
///
/// The probabilities are softmax(router(x)) over all experts; they are not scaled up to a sum of 1 afterwards. Of equal
/// ones the first expert wins. Shapes: `router` `[hidden] → [experts]`, `bias` `[hidden]`. Paper: arXiv 1701.06538.
package struct Experts: Sendable {
    package var router: Linear
    /// At most as many as there are experts.
    package var chosen: Int
    package var experts: [FeedForward]
    package var bias: Tensor?

    package init(router: Linear, chosen: Int, experts: [FeedForward], bias: Tensor? = nil) {
        self.router = router
        self.chosen = chosen
        self.experts = experts
        self.bias = bias
    }

    /// Multiplications and additions for one token.
    var operationsPerToken: Int {
        router.operationsPerRow + chosen * (experts.first?.operationsPerToken ?? 0)
    }
}

extension FeedForwardLayer {
    var operationsPerToken: Int {
        switch self {
        case .one(let network): network.operationsPerToken
        case .experts(let experts): experts.operationsPerToken
        }
    }
}
