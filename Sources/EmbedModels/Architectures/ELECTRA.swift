// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// ELECTRA: BERT whose embeddings may be smaller than its hidden states and are projected then.
///
/// Follows `ElectraModel` in Transformers' modeling_electra.py; paper: arXiv 2003.10555.
enum ELECTRA {
    static let architecture = Architecture(modelTypes: ["electra"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `ElectraForPreTraining`.
    private static let encoderNames = ["electra"]

    /// The defaults of Transformers' `ElectraConfig`.
    private static let defaults = EncoderSizes(hidden: 256, heads: 4, intermediate: 1024)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try EncoderSizes(config, defaults: defaults)
        let embeddingSize = try config.int("embedding_size", in: EncoderSizes.sizes, default: 128)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        var embeddings = try BERT.embeddings(config, sizes, size: embeddingSize, in: root.scope("embeddings"))
        if embeddingSize != sizes.hidden {
            embeddings.projection = try Linear(
                "embeddings_project", inputs: embeddingSize, outputs: sizes.hidden, in: root)
        }
        return Transformer(
            architecture: "ElectraModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: embeddings, blocks: try BERT.blocks(sizes, in: root.scope("encoder")))
    }
}
