// SPDX-License-Identifier: Apache-2.0

/// Multi-head self-attention.
///
/// For each head: softmax(c(scale · Q Kᵀ + B) + M) V over the tokens of the same sequence; the heads' results side by
/// side go through `output`. B is `relativeBias`, M hides what `mask` doesn't show, c(s) = scoreCap · tanh(s ÷ scoreCap);
/// what is absent changes nothing. Before, queries and keys go through their norms and then through `rotary`.
/// Shapes: `query` `[hidden] → [heads · headSize]`, `key` and `value` `[hidden] → [keyValueHeads · headSize]`, `output`
/// `[heads · headSize] → [hidden]`. Query head h reads key and value head h ÷ (heads ÷ keyValueHeads), rounded down.
/// Papers: arXiv 1706.03762; grouped heads 2305.13245; capped scores 2408.00118.
package struct Attention: Sendable {
    package var heads: Int
    /// A divisor of ``heads``.
    package var keyValueHeads: Int
    package var headSize: Int
    /// What scores are multiplied by, mostly 1 ÷ √headSize.
    package var scale: Float
    package var mask: AttentionMask
    package var query: Linear
    package var key: Linear
    package var value: Linear
    package var output: Linear
    /// Of `headSize` components for each head by itself, or of all heads' for all of them together.
    package var queryNorm: Norm?
    package var keyNorm: Norm?
    package var rotary: Rotary?
    package var relativeBias: RelativeBias?
    package var scoreCap: Float?

    /// Without `keyValueHeads` there are as many as `heads`; without `scale` it is 1 ÷ √headSize.
    package init(
        heads: Int, keyValueHeads: Int? = nil, headSize: Int, scale: Float? = nil, mask: AttentionMask = .full,
        query: Linear, key: Linear, value: Linear, output: Linear, queryNorm: Norm? = nil, keyNorm: Norm? = nil,
        rotary: Rotary? = nil, relativeBias: RelativeBias? = nil, scoreCap: Float? = nil
    ) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        self.headSize = headSize
        self.scale = scale ?? 1 / Float(headSize).squareRoot()
        self.mask = mask
        self.query = query
        self.key = key
        self.value = value
        self.output = output
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.rotary = rotary
        self.relativeBias = relativeBias
        self.scoreCap = scoreCap
    }
}
