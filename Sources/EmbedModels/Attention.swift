// SPDX-License-Identifier: Apache-2.0

/// Multi-head self-attention.
///
/// For each head: softmax(Q Kᵀ ÷ √headSize + B) V over the tokens of the same sequence, B from `relativeBias` or zero;
/// the heads' results side by side go through `output`. Shapes: `query`, `key`, `value`
/// `[hidden] → [heads · headSize]`. Paper: arXiv 1706.03762.
package struct Attention: Sendable {
    /// Which tokens a token attends to.
    package enum Mask: Sendable {
        /// Every token of the same sequence.
        case full
    }

    package var heads: Int
    package var headSize: Int
    package var mask: Mask
    package var query: Linear
    package var key: Linear
    package var value: Linear
    package var output: Linear
    package var relativeBias: RelativeBias?

    package init(
        heads: Int, headSize: Int, mask: Mask, query: Linear, key: Linear, value: Linear, output: Linear,
        relativeBias: RelativeBias? = nil
    ) {
        self.heads = heads
        self.headSize = headSize
        self.mask = mask
        self.query = query
        self.key = key
        self.value = value
        self.output = output
        self.relativeBias = relativeBias
    }
}
