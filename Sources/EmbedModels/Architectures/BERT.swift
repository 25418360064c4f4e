// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// BERT: an encoder with learned positions and norms after the residual sums.
///
/// Follows `BertModel` in Transformers' modeling_bert.py; paper: arXiv 1810.04805.
enum BERT {
    static let architecture = Architecture(modelTypes: ["bert"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `BertForMaskedLM`.
    private static let encoderNames = ["bert"]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let shape = try Shape(config)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let embeddings = try embeddings(shape, in: root.scope("embeddings"))
        var blocks: [Block] = []
        for layer in 0..<shape.layers {
            blocks.append(try block(shape, in: root.scope("encoder.layer.\(layer)")))
        }
        return Transformer(
            architecture: "BertModel", hiddenSize: shape.hidden, maxPositions: shape.maxPositions,
            embeddings: embeddings, blocks: blocks)
    }

    /// The sizes in config.json; defaults are those of Transformers' `BertConfig`.
    private struct Shape {
        let hidden: Int
        let layers: Int
        let heads: Int
        let intermediate: Int
        let vocabulary: Int
        let maxPositions: Int
        let tokenTypes: Int
        let epsilon: Float
        let activation: Activation

        init(_ config: ConfigObject) throws(ModelFileError) {
            hidden = try config.int("hidden_size", in: 1...65_536, default: 768)
            layers = try config.int("num_hidden_layers", in: 1...1024, default: 12)
            heads = try config.int("num_attention_heads", in: 1...1024, default: 12)
            intermediate = try config.int("intermediate_size", in: 1...1_048_576, default: 3072)
            vocabulary = try config.int("vocab_size", in: 1...16_777_216, default: 30_522)
            maxPositions = try config.int("max_position_embeddings", in: 1...1_048_576, default: 512)
            tokenTypes = try config.int("type_vocab_size", in: 1...65_536, default: 2)
            epsilon = Float(try config.double("layer_norm_eps", default: 1e-12))
            let name = try config.string("hidden_act", default: "gelu")
            guard let activation = Activation(transformersName: name) else {
                throw config.invalid("hidden_act", found: name, expected: Activation.transformersNames)
            }
            self.activation = activation
            guard hidden % heads == 0 else {
                throw config.invalid(
                    "hidden_size", found: "\(hidden)", expected: "a multiple of num_attention_heads (\(heads))")
            }
            let positions = try config.string("position_embedding_type", default: "absolute")
            guard positions == "absolute" else {
                throw config.invalid("position_embedding_type", found: positions, expected: "absolute")
            }
            guard try !config.bool("is_decoder", default: false) else {
                throw config.invalid("is_decoder", found: "true", expected: "false")
            }
        }
    }

    private static func embeddings(
        _ shape: Shape, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Embeddings {
        Embeddings(
            tokens: try checkpoint.weight("word_embeddings.weight", shape: [shape.vocabulary, shape.hidden]),
            vocabularySize: shape.vocabulary,
            positions: try checkpoint.weight("position_embeddings.weight", shape: [shape.maxPositions, shape.hidden]),
            tokenTypes: try checkpoint.weight("token_type_embeddings.weight", shape: [shape.tokenTypes, shape.hidden]),
            norm: try Norm(layer: "LayerNorm", size: shape.hidden, epsilon: shape.epsilon, in: checkpoint))
    }

    private static func block(_ shape: Shape, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Block {
        let hidden = shape.hidden
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(ModelFileError) -> Linear {
            try Linear(name, inputs: inputs, outputs: outputs, in: checkpoint)
        }
        func norm(_ name: String) throws(ModelFileError) -> Norm {
            try Norm(layer: name, size: hidden, epsilon: shape.epsilon, in: checkpoint)
        }
        return Block(
            normPlacement: .after,
            attention: Attention(
                heads: shape.heads, headSize: hidden / shape.heads, mask: .full,
                query: try linear("attention.self.query", hidden, hidden),
                key: try linear("attention.self.key", hidden, hidden),
                value: try linear("attention.self.value", hidden, hidden),
                output: try linear("attention.output.dense", hidden, hidden)),
            attentionNorm: try norm("attention.output.LayerNorm"),
            feedForward: FeedForward(
                up: try linear("intermediate.dense", hidden, shape.intermediate), activation: shape.activation,
                down: try linear("output.dense", shape.intermediate, hidden)),
            feedForwardNorm: try norm("output.LayerNorm"))
    }
}
