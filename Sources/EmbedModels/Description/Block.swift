// SPDX-License-Identifier: Apache-2.0

/// One layer of a transformer: attention and feed-forward, each with a residual connection and its norms.
package struct Block: Sendable {
    package var attention: Attention
    package var attentionNorms: ResidualNorms
    package var feedForward: FeedForwardLayer
    package var feedForwardNorms: ResidualNorms

    package init(
        attention: Attention, attentionNorms: ResidualNorms, feedForward: FeedForwardLayer,
        feedForwardNorms: ResidualNorms
    ) {
        self.attention = attention
        self.attentionNorms = attentionNorms
        self.feedForward = feedForward
        self.feedForwardNorms = feedForwardNorms
    }
}

/// Where the norms of a part of a block stand: x ← sum(x + output(f(input(x)))); an absent norm changes nothing.
///
/// BERT has `sum` only, Llama and its kin `input`, Gemma `input` and `output`. JinaBERT with norms of queries and keys has
/// `sum` and `secondSum`: what went in is added once more, x ← secondSum(x + sum(x + f(x))).
package struct ResidualNorms: Sendable {
    package var input: Norm?
    package var output: Norm?
    package var sum: Norm?
    /// Only beside `sum` and without `output`.
    package var secondSum: Norm?

    package init(input: Norm? = nil, output: Norm? = nil, sum: Norm? = nil, secondSum: Norm? = nil) {
        self.input = input
        self.output = output
        self.sum = sum
        self.secondSum = secondSum
    }
}
