// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// DistilBERT: BERT without token types, with names of its own.
///
/// Follows `DistilBertModel` in Transformers' modeling_distilbert.py; paper: arXiv 1910.01108.
enum DistilBERT {
    static let architecture = Architecture(modelTypes: ["distilbert"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `DistilBertForMaskedLM`.
    private static let encoderNames = ["distilbert"]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try sizes(config)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            blocks.append(try blockNames.block(sizes, in: root.scope("transformer.layer.\(layer)")))
        }
        return Transformer(
            architecture: "DistilBertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try embeddings(sizes, in: root.scope("embeddings")), blocks: blocks)
    }

    /// The sizes in config.json; defaults are those of Transformers' `DistilBertConfig`.
    private static func sizes(_ config: ConfigObject) throws(ModelFileError) -> EncoderSizes {
        /// `DistilBertConfig` takes BERT's names for these too.
        func key(_ name: String, or other: String) -> String { config.contains(name) ? name : other }
        let hiddenKey = key("dim", or: "hidden_size")
        let headsKey = key("n_heads", or: "num_attention_heads")
        let layersKey = key("n_layers", or: "num_hidden_layers")
        let sizes = EncoderSizes(
            hidden: try config.int(hiddenKey, in: EncoderSizes.sizes, default: 768),
            layers: try config.int(layersKey, in: EncoderSizes.counts, default: 6),
            heads: try config.int(headsKey, in: EncoderSizes.counts, default: 12),
            intermediate: try config.int("hidden_dim", in: EncoderSizes.intermediates, default: 3072),
            vocabulary: try config.int("vocab_size", in: EncoderSizes.vocabularies, default: 30_522),
            positions: try config.int("max_position_embeddings", in: EncoderSizes.positionCounts, default: 512),
            // A number in modeling_distilbert.py, not in its configuration.
            epsilon: 1e-12,
            activation: try EncoderSizes.activation("activation", in: config, default: .gelu))
        try sizes.requireWholeHeads(config, hiddenKey: hiddenKey, headsKey: headsKey)
        return sizes
    }

    private static func embeddings(
        _ sizes: EncoderSizes, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Embeddings {
        Embeddings(
            tokens: try checkpoint.weight("word_embeddings.weight", shape: [sizes.vocabulary, sizes.hidden]),
            vocabularySize: sizes.vocabulary, size: sizes.hidden,
            // Sines and cosines stand in the checkpoint as numbers, like learned positions.
            positions: try checkpoint.weight("position_embeddings.weight", shape: [sizes.positions, sizes.hidden]),
            tokenTypes: nil,
            norm: try Norm(layer: "LayerNorm", size: sizes.hidden, epsilon: sizes.epsilon, in: checkpoint))
    }

    /// What a block calls its tensors.
    private static let blockNames = EncoderBlockNames(
        query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin",
        attentionOutput: "attention.out_lin", attentionNorm: "sa_layer_norm",
        up: "ffn.lin1", down: "ffn.lin2", feedForwardNorm: "output_layer_norm")
}
