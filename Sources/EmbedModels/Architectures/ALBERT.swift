// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// ALBERT: an encoder with small, projected embeddings, whose layers share the weights of a few blocks, mostly of one.
///
/// Follows `AlbertModel` in Transformers' modeling_albert.py; paper: arXiv 1909.11942.
enum ALBERT {
    static let architecture = Architecture(modelTypes: ["albert"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `AlbertForMaskedLM`.
    private static let encoderNames = ["albert"]

    /// The defaults of Transformers' `AlbertConfig`.
    private static let defaults = EncoderSizes(
        hidden: 4096, heads: 64, intermediate: 16_384, vocabulary: 30_000, activation: .geluTanh)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try EncoderSizes(config, defaults: defaults)
        let embeddingSize = try config.int("embedding_size", in: EncoderSizes.sizes, default: 128)
        let groups = try config.int("num_hidden_groups", in: EncoderSizes.counts, default: 1)
        let blocksPerGroup = try config.int("inner_group_num", in: 1...64, default: 1)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let encoder = root.scope("encoder")
        var embeddings = try BERT.embeddings(config, sizes, size: embeddingSize, in: root.scope("embeddings"))
        embeddings.projection = try Linear(
            "embedding_hidden_mapping_in", inputs: embeddingSize, outputs: sizes.hidden, in: encoder)
        var blocks: [Block] = []
        for group in 0..<groups {
            for block in 0..<blocksPerGroup {
                let name = "albert_layer_groups.\(group).albert_layers.\(block)"
                blocks.append(try blockNames.block(sizes, in: encoder.scope(name)))
            }
        }
        return Transformer(
            architecture: "AlbertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: embeddings, blocks: blocks,
            layers: layers(sizes.layers, groups: groups, blocksPerGroup: blocksPerGroup))
    }

    /// The blocks in the order they are applied: `count` times all of a group.
    ///
    /// The group's number is rounded as `AlbertTransformer` does it, in double precision.
    private static func layers(_ count: Int, groups: Int, blocksPerGroup: Int) -> [Int] {
        (0..<count).flatMap { layer in
            let group = Int(Double(layer) / (Double(count) / Double(groups)))
            return group * blocksPerGroup..<(group + 1) * blocksPerGroup
        }
    }

    /// What a block calls its tensors.
    private static let blockNames = EncoderBlockNames(
        query: "attention.query", key: "attention.key", value: "attention.value",
        attentionOutput: "attention.dense", attentionNorm: "attention.LayerNorm",
        up: "ffn", down: "ffn_output", feedForwardNorm: "full_layer_layer_norm")
}
