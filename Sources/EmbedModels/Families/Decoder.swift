// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Llama and its kin: norms by root mean square before attention and feed-forward, grouped heads, rotary positions, a
/// gate; they differ in what stands here, and in the sizes.
///
/// Follows `LlamaModel` in Transformers' modeling_llama.py; paper: arXiv 2302.13971.
struct Decoder {
    var sizes: DecoderSizes
    var layers: [LayerAttention]
    /// Queries, keys and values have biases.
    var hasProjectionBias = false
    /// What brings the heads together has a bias.
    var hasOutputBias = false
    var hasFeedForwardBias = false
    /// Queries and keys are normed, each head by itself.
    var hasHeadNorms = false
    /// The results of attention and feed-forward are normed too, as in Gemma.
    var hasOutputNorms = false
    /// What is added to the weights of norms.
    var normOffset: Float = 0
    var embeddingScale: Float = 1
    /// Nil for 1 ÷ √headSize.
    var scoreScale: Float?
    var scoreCap: Float?

    /// The model whose tensors stand in `checkpoint` under Llama's names, beside a language model's head or not.
    func transformer(_ architecture: String, in checkpoint: Checkpoint) throws(ModelFileError) -> Transformer {
        let root = ScopedCheckpoint(checkpoint).scopeHolding("embed_tokens.weight", among: ["model"])
        let embeddings = Embeddings(
            tokens: try root.weight("embed_tokens.weight", shape: [sizes.vocabulary, sizes.hidden]),
            vocabularySize: sizes.vocabulary, size: sizes.hidden, scale: embeddingScale)
        var blocks: [Block] = []
        for (number, layer) in layers.enumerated() {
            blocks.append(try block(layer, in: root.scope("layers.\(number)")))
        }
        return Transformer(
            architecture: architecture, hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: embeddings, blocks: blocks, finalNorm: try norm("norm", sizes.hidden, in: root))
    }

    private func block(_ layer: LayerAttention, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Block {
        let afterAttention = try norm("post_attention_layernorm", sizes.hidden, in: checkpoint)
        var attentionNorms = ResidualNorms(input: try norm("input_layernorm", sizes.hidden, in: checkpoint))
        var feedForwardNorms = ResidualNorms(input: afterAttention)
        if hasOutputNorms {
            attentionNorms.output = afterAttention
            feedForwardNorms = ResidualNorms(
                input: try norm("pre_feedforward_layernorm", sizes.hidden, in: checkpoint),
                output: try norm("post_feedforward_layernorm", sizes.hidden, in: checkpoint))
        }
        return Block(
            attention: try attention(layer, in: checkpoint.scope("self_attn")), attentionNorms: attentionNorms,
            feedForward: .one(try feedForward(in: checkpoint.scope("mlp"))), feedForwardNorms: feedForwardNorms)
    }

    private func attention(_ layer: LayerAttention, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Attention
    {
        func projection(_ name: String, heads: Int) throws(ModelFileError) -> Linear {
            try Linear(
                name, inputs: sizes.hidden, outputs: heads * sizes.headSize, hasBias: hasProjectionBias, in: checkpoint)
        }
        return Attention(
            heads: sizes.heads, keyValueHeads: sizes.keyValueHeads, headSize: sizes.headSize, scale: scoreScale,
            mask: layer.mask,
            query: try projection("q_proj", heads: sizes.heads),
            key: try projection("k_proj", heads: sizes.keyValueHeads),
            value: try projection("v_proj", heads: sizes.keyValueHeads),
            output: try Linear(
                "o_proj", inputs: sizes.heads * sizes.headSize, outputs: sizes.hidden, hasBias: hasOutputBias,
                in: checkpoint),
            queryNorm: hasHeadNorms ? try norm("q_norm", sizes.headSize, in: checkpoint) : nil,
            keyNorm: hasHeadNorms ? try norm("k_norm", sizes.headSize, in: checkpoint) : nil,
            rotary: layer.rotary, scoreCap: scoreCap)
    }

    private func feedForward(in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> FeedForward {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(ModelFileError) -> Linear {
            try Linear(name, inputs: inputs, outputs: outputs, hasBias: hasFeedForwardBias, in: checkpoint)
        }
        return FeedForward(
            up: try linear("up_proj", sizes.hidden, sizes.intermediate),
            gate: try linear("gate_proj", sizes.hidden, sizes.intermediate), activation: sizes.activation,
            down: try linear("down_proj", sizes.intermediate, sizes.hidden))
    }

    private func norm(_ name: String, _ size: Int, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Norm {
        try Norm(rootMeanSquare: name, size: size, epsilon: sizes.epsilon, weightOffset: normOffset, in: checkpoint)
    }
}
