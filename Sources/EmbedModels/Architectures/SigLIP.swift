// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// SigLIP, and SigLIP 2 for images of one size: a tower for texts, which always come with their padding and are pooled by
/// the last of it, and one for images that is pooled by attention.
///
/// Follows `SiglipModel` in Transformers' modeling_siglip.py; papers: arXiv 2303.15343, 2502.14786.
enum SigLIP {
    static let architecture = Architecture(modelTypes: ["siglip"], describe: texts, describeImages: images)

    /// The defaults of Transformers' `SiglipTextConfig`.
    private static let textDefaults = EncoderSizes(
        hidden: 768, layers: 12, heads: 12, intermediate: 3072, vocabulary: 32_000, positions: 64, epsilon: 1e-6,
        activation: .geluTanh)
    /// The defaults of Transformers' `SiglipVisionConfig`.
    private static let imageDefaults = EncoderSizes(
        hidden: 768, layers: 12, heads: 12, intermediate: 3072, epsilon: 1e-6, activation: .geluTanh)

    @Sendable private static func texts(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let section = try Towers.section("text_config", in: config)
        let sizes = try EncoderSizes(section, defaults: textDefaults)
        let dimension = try section.int("projection_size", in: EncoderSizes.sizes, default: sizes.hidden)
        let tower = ScopedCheckpoint(checkpoint).scope("text_model")
        let projection = try Linear("head", inputs: sizes.hidden, outputs: dimension, in: tower)
        return Transformer(
            architecture: "SiglipModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try Towers.tokens(sizes, in: tower.scope("embeddings")),
            blocks: try Towers.blocks(sizes, in: tower.scope("encoder")),
            finalNorm: try Norm(layer: "final_layer_norm", size: sizes.hidden, epsilon: sizes.epsilon, in: tower),
            head: Head(
                pooling: Pooling(modes: [.lastToken], includesPrompt: true),
                steps: [.dense(Dense(linear: projection, activation: .identity))], dimension: dimension))
    }

    @Sendable private static func images(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let section = try Towers.section("vision_config", in: config)
        let sizes = try EncoderSizes(section, defaults: imageDefaults)
        guard try section.bool("vision_use_head", default: true) else {
            throw section.invalid(
                "vision_use_head", found: "false", expected: "true: without it there is no vector of an image")
        }
        let tower = ScopedCheckpoint(checkpoint).scope("vision_model")
        return Transformer(
            architecture: "SiglipModel", hiddenSize: sizes.hidden,
            patches: try Towers.patches(
                section, sizes, defaultPatchSize: 16, hasBias: true, hasClassToken: false,
                in: tower.scope("embeddings")),
            blocks: try Towers.blocks(sizes, in: tower.scope("encoder")),
            finalNorm: try Norm(layer: "post_layernorm", size: sizes.hidden, epsilon: sizes.epsilon, in: tower),
            head: try head(sizes, in: tower.scope("head")))
    }

    /// The probe's attention, and a network on what it gives.
    private static func head(_ sizes: EncoderSizes, in head: ScopedCheckpoint) throws(ModelFileError) -> Head {
        let hidden = sizes.hidden
        // Query, key and value one after the other, as torch.nn.MultiheadAttention has them.
        let projections = Linear(
            weight: try head.weight("attention.in_proj_weight", shape: [3 * hidden, hidden]),
            bias: try head.weight("attention.in_proj_bias", shape: [3 * hidden]), inputs: hidden, outputs: 3 * hidden)
        let attention = AttentionPooling(
            heads: sizes.heads, probe: try head.weight("probe", shape: [1, 1, hidden]),
            query: projections.part(0..<hidden), key: projections.part(hidden..<2 * hidden),
            value: projections.part(2 * hidden..<3 * hidden),
            output: try Linear("attention.out_proj", inputs: hidden, outputs: hidden, in: head))
        let network = ResidualNetwork(
            norm: try Norm(layer: "layernorm", size: hidden, epsilon: sizes.epsilon, in: head),
            up: try Linear("mlp.fc1", inputs: hidden, outputs: sizes.intermediate, in: head),
            activation: sizes.activation,
            down: try Linear("mlp.fc2", inputs: sizes.intermediate, outputs: hidden, in: head))
        return Head(pooling: Pooling(.attention(attention)), steps: [.residualNetwork(network)], dimension: hidden)
    }
}
