// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// MPNet: BERT without token types, with a bias for the distance of key and query that all layers share.
///
/// Follows `MPNetModel` in Transformers' modeling_mpnet.py; paper: arXiv 2004.09297.
enum MPNet {
    static let architecture = Architecture(modelTypes: ["mpnet"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `MPNetForMaskedLM`.
    private static let encoderNames = ["mpnet"]

    /// The defaults of Transformers' `MPNetConfig`.
    private static let defaults = EncoderSizes(vocabulary: 30_527)

    /// What `MPNetEmbeddings` takes for the padding token, whatever config.json says.
    private static let paddingID = 1

    /// The smallest distances of the buckets of `relative_position_bucket` for 32 buckets up to a distance of 128.
    ///
    /// One bucket for each distance d below 8, then 8 + ⌊8 log(d ÷ 8) ÷ log(128 ÷ 8)⌋, at most 15.
    private static let distances = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try EncoderSizes(config, defaults: defaults)
        let buckets = try config.int("relative_attention_num_buckets", in: 1...65_536, default: 32)
        // `compute_position_bias` counts on 32, whatever the table has.
        guard buckets == 2 * distances.count else {
            throw config.invalid("relative_attention_num_buckets", found: "\(buckets)", expected: "32")
        }
        let maxPositions = try sizes.maxPositions(paddingID: paddingID, config)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let encoder = root.scope("encoder")
        let bias = RelativeBias.LearnedBias(
            weight: try encoder.weight("relative_attention_bias.weight", shape: [buckets, sizes.heads]),
            distances: distances)
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            blocks.append(
                try blockNames.block(sizes, relativeBias: .learned(bias), in: encoder.scope("layer.\(layer)")))
        }
        return Transformer(
            architecture: "MPNetModel", hiddenSize: sizes.hidden, maxPositions: maxPositions,
            embeddings: try embeddings(sizes, in: root.scope("embeddings")), blocks: blocks)
    }

    private static func embeddings(
        _ sizes: EncoderSizes, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Embeddings {
        Embeddings(
            tokens: try checkpoint.weight("word_embeddings.weight", shape: [sizes.vocabulary, sizes.hidden]),
            vocabularySize: sizes.vocabulary, size: sizes.hidden,
            positions: try checkpoint.weight("position_embeddings.weight", shape: [sizes.positions, sizes.hidden]),
            paddingID: Int32(paddingID), tokenTypes: nil,
            norm: try Norm(layer: "LayerNorm", size: sizes.hidden, epsilon: sizes.epsilon, in: checkpoint))
    }

    /// What a block calls its tensors.
    private static let blockNames = EncoderBlockNames(
        query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v",
        attentionOutput: "attention.attn.o", attentionNorm: "attention.LayerNorm",
        up: "intermediate.dense", down: "output.dense", feedForwardNorm: "output.LayerNorm")
}
