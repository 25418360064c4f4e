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
        let sizes = try EncoderSizes(config)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        return Transformer(
            architecture: "BertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try embeddings(config, sizes, size: sizes.hidden, in: root.scope("embeddings")),
            blocks: try blocks(sizes, in: root.scope("encoder")))
    }

    /// Embeddings of `size` components as BERT names them: tokens, positions where it has them, token types and a norm.
    static func embeddings(
        _ config: ConfigObject, _ sizes: EncoderSizes, size: Int, hasPositions: Bool = true,
        in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Embeddings {
        let tokenTypes = try config.int("type_vocab_size", in: 1...65_536, default: 2)
        return Embeddings(
            tokens: try checkpoint.weight("word_embeddings.weight", shape: [sizes.vocabulary, size]),
            vocabularySize: sizes.vocabulary, size: size,
            positions: hasPositions
                ? try checkpoint.weight("position_embeddings.weight", shape: [sizes.positions, size]) : nil,
            tokenTypes: try checkpoint.weight("token_type_embeddings.weight", shape: [tokenTypes, size]),
            norm: try Norm(layer: "LayerNorm", size: size, epsilon: sizes.epsilon, in: checkpoint))
    }

    /// Blocks as BERT names them, inside its encoder.
    static func blocks(_ sizes: EncoderSizes, in encoder: ScopedCheckpoint) throws(ModelFileError) -> [Block] {
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            blocks.append(try blockNames.block(sizes, in: encoder.scope("layer.\(layer)")))
        }
        return blocks
    }

    /// What a block calls its tensors.
    private static let blockNames = EncoderBlockNames(
        query: "attention.self.query", key: "attention.self.key", value: "attention.self.value",
        attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm",
        up: "intermediate.dense", down: "output.dense", feedForwardNorm: "output.LayerNorm")
}
