// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// Pools by multi-head attention of one learned vector, the probe, to all hidden states: output(softmax(q Kᵀ ÷ √headSize) V).
///
/// Shapes: `probe` `[hidden]`; `query`, `key`, `value` and `output` `[hidden] → [hidden]`, their outputs in `heads` equal
/// parts. Follows the attention of `SiglipMultiheadAttentionPoolingHead` in Transformers' modeling_siglip.py. Paper: arXiv
/// 1810.00825.
package struct AttentionPooling: Sendable {
    /// A divisor of the hidden size.
    package var heads: Int
    package var probe: Tensor
    package var query: Linear
    package var key: Linear
    package var value: Linear
    package var output: Linear

    package init(heads: Int, probe: Tensor, query: Linear, key: Linear, value: Linear, output: Linear) {
        self.heads = heads
        self.probe = probe
        self.query = query
        self.key = key
        self.value = value
        self.output = output
    }
}
