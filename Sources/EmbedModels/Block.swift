// SPDX-License-Identifier: Apache-2.0

/// One layer of a transformer: attention and feed-forward, each with a residual connection and a norm.
///
/// Norm placement `after`: x ← attentionNorm(x + attention(x)); x ← feedForwardNorm(x + feedForward(x)).
package struct Block: Sendable {
    /// Where the norms stand.
    package enum NormPlacement: Sendable {
        /// After the residual sum, as in the original transformer and BERT.
        case after
    }

    package var normPlacement: NormPlacement
    package var attention: Attention
    package var attentionNorm: Norm
    package var feedForward: FeedForward
    package var feedForwardNorm: Norm

    package init(
        normPlacement: NormPlacement, attention: Attention, attentionNorm: Norm, feedForward: FeedForward,
        feedForwardNorm: Norm
    ) {
        self.normPlacement = normPlacement
        self.attention = attention
        self.attentionNorm = attentionNorm
        self.feedForward = feedForward
        self.feedForwardNorm = feedForwardNorm
    }
}
