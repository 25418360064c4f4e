// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What an encoder with rotary positions calls its tensors: NomicBERT, GTE and jina-embeddings-v3, in which each norm
/// follows its residual sum as in BERT.
struct RotaryEncoderNames {
    /// Linear layers of the same input, in one tensor after the other or in one for all.
    enum Layers {
        case apart([String])
        case together(String)
    }

    var embeddingNorm: String
    /// The module of the blocks, in which they are numbered.
    var blocks: String
    var queryKeyValue: Layers
    var attentionOutput: String
    var attentionNorm: String
    /// The layer that is not gated, and then the gate where there is one.
    var upAndGate: Layers
    var down: String
    var feedForwardNorm: String

    /// The names that Transformers gives all three inside itself, and in the files it saves with
    /// `save_original_format=False`.
    static func transformers(upAndGate: [String] = ["mlp.up_proj", "mlp.gate_proj"], down: String = "mlp.down_proj")
        -> RotaryEncoderNames
    {
        RotaryEncoderNames(
            embeddingNorm: "embeddings.LayerNorm", blocks: "layers",
            queryKeyValue: .apart(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
            attentionOutput: "self_attn.o_proj", attentionNorm: "post_attention_layernorm",
            upAndGate: .apart(upAndGate), down: down, feedForwardNorm: "post_mlp_layernorm")
    }

    /// Whether the first block in `root` has these names.
    func arePresent(in root: ScopedCheckpoint) -> Bool { root.contains("\(blocks).0.\(attentionNorm).weight") }
}

extension RotaryEncoderNames {
    /// Embeddings of tokens, and of their types unless there are none, and their norm.
    func embeddings(
        _ sizes: EncoderSizes, tokenTypes: Int, in root: ScopedCheckpoint
    ) throws(ModelFileError) -> Embeddings {
        let (tokenName, typeName) = ("embeddings.word_embeddings", "embeddings.token_type_embeddings")
        let hasTypes = tokenTypes > 0
        func table(_ name: String, rows: Int) throws(ModelFileError) -> Tensor {
            try root.weight("\(name).\(root.matrixName)", shape: [rows, sizes.hidden])
        }
        var embeddings = Embeddings(
            tokens: try table(tokenName, rows: sizes.vocabulary),
            vocabularySize: sizes.vocabulary, size: sizes.hidden,
            tokenTypes: hasTypes ? try table(typeName, rows: tokenTypes) : nil,
            norm: try Norm(layer: embeddingNorm, size: sizes.hidden, epsilon: sizes.epsilon, in: root))
        if let adaptation = root.adaptation {
            let size = sizes.hidden
            let tokens = try adaptation.tables(tokenName, rows: sizes.vocabulary, size: size, in: root)
            let types = hasTypes ? try adaptation.tables(typeName, rows: tokenTypes, size: size, in: root) : []
            embeddings.adapters = tokens.indices.map {
                Embeddings.Adapter(tokens: tokens[$0], tokenTypes: hasTypes ? types[$0] : nil)
            }
        }
        return embeddings
    }

    /// All blocks of the encoder; `feedForward` describes what block number n has in its module.
    func encoderBlocks(
        _ sizes: EncoderSizes, rotary: Rotary, hasAttentionBias: Bool, in root: ScopedCheckpoint,
        feedForward: (Int, ScopedCheckpoint) throws(ModelFileError) -> FeedForwardLayer
    ) throws(ModelFileError) -> [Block] {
        var blocks: [Block] = []
        for number in 0..<sizes.layers {
            let module = root.scope("\(self.blocks).\(number)")
            let attention = try attention(sizes, rotary: rotary, hasBias: hasAttentionBias, in: module)
            blocks.append(try block(attention, try feedForward(number, module), sizes, in: module))
        }
        return blocks
    }

    private func attention(
        _ sizes: EncoderSizes, rotary: Rotary, hasBias: Bool, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Attention {
        let hidden = sizes.hidden
        let parts = try layers(
            queryKeyValue, inputs: hidden, outputs: [hidden, hidden, hidden], hasBias: hasBias, in: block)
        return Attention(
            heads: sizes.heads, headSize: sizes.headSize, query: parts[0], key: parts[1], value: parts[2],
            output: try Linear(attentionOutput, inputs: hidden, outputs: hidden, hasBias: hasBias, in: block),
            rotary: rotary)
    }

    func feedForward(
        _ sizes: EncoderSizes, isGated: Bool, hasUpBias: Bool, hasDownBias: Bool, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> FeedForward {
        let parts = try layers(
            upAndGate, inputs: sizes.hidden, outputs: Array(repeating: sizes.intermediate, count: isGated ? 2 : 1),
            hasBias: hasUpBias, in: block)
        return FeedForward(
            up: parts[0], gate: isGated ? parts[1] : nil, activation: sizes.activation,
            down: try Linear(
                down, inputs: sizes.intermediate, outputs: sizes.hidden, hasBias: hasDownBias, in: block))
    }

    /// The block of these parts, with its two norms.
    private func block(
        _ attention: Attention, _ feedForward: FeedForwardLayer, _ sizes: EncoderSizes, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Block {
        func norm(_ name: String) throws(ModelFileError) -> ResidualNorms {
            ResidualNorms(sum: try Norm(layer: name, size: sizes.hidden, epsilon: sizes.epsilon, in: block))
        }
        return Block(
            attention: attention, attentionNorms: try norm(attentionNorm), feedForward: feedForward,
            feedForwardNorms: try norm(feedForwardNorm))
    }

    /// One layer for each of `outputs`.
    private func layers(
        _ names: Layers, inputs: Int, outputs: [Int], hasBias: Bool, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> [Linear] {
        switch names {
        case .together(let name):
            return try Linear.parts(name, inputs: inputs, outputs: outputs, hasBias: hasBias, in: block)
        case .apart(let names):
            var layers: [Linear] = []
            for (name, outputs) in zip(names, outputs) {
                layers.append(try Linear(name, inputs: inputs, outputs: outputs, hasBias: hasBias, in: block))
            }
            return layers
        }
    }
}
