// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// CLIP: a causal tower for texts and one for images, whose vectors a projection brings into one space.
///
/// Follows `CLIPModel` in Transformers' modeling_clip.py; paper: arXiv 2103.00020.
enum CLIP {
    static let architecture = Architecture(modelTypes: ["clip"], describe: texts, describeImages: images)

    /// The defaults of Transformers' `CLIPTextConfig`.
    private static let textDefaults = EncoderSizes(
        hidden: 512, layers: 12, heads: 8, intermediate: 2048, vocabulary: 49_408, positions: 77, epsilon: 1e-5,
        activation: .quickGelu)
    /// The defaults of Transformers' `CLIPVisionConfig`.
    private static let imageDefaults = EncoderSizes(
        hidden: 768, layers: 12, heads: 12, intermediate: 3072, epsilon: 1e-5, activation: .quickGelu)

    @Sendable private static func texts(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let section = try section("text_config", in: config)
        let sizes = try EncoderSizes(section, defaults: textDefaults)
        let root = ScopedCheckpoint(checkpoint)
        let tower = root.scope("text_model")
        return Transformer(
            architecture: "CLIPModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try Towers.tokens(sizes, in: tower.scope("embeddings")),
            blocks: try Towers.blocks(sizes, mask: .causal, in: tower.scope("encoder")),
            finalNorm: try Norm(layer: "final_layer_norm", size: sizes.hidden, epsilon: sizes.epsilon, in: tower),
            head: try head(
                Pooling(try endOfText(section)), [], projection: "text_projection", config, sizes, in: root))
    }

    @Sendable private static func images(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let section = try section("vision_config", in: config)
        let sizes = try EncoderSizes(section, defaults: imageDefaults)
        let root = ScopedCheckpoint(checkpoint)
        let tower = root.scope("vision_model")
        func norm(_ name: String) throws(ModelFileError) -> Norm {
            try Norm(layer: name, size: sizes.hidden, epsilon: sizes.epsilon, in: tower)
        }
        return Transformer(
            architecture: "CLIPModel", hiddenSize: sizes.hidden,
            patches: try Towers.patches(
                section, sizes, defaultPatchSize: 32, hasBias: false, hasClassToken: true,
                // So it is spelled.
                norm: try norm("pre_layrnorm"), in: tower.scope("embeddings")),
            blocks: try Towers.blocks(sizes, in: tower.scope("encoder")),
            // Of the class token.
            head: try head(
                Pooling(modes: [.cls], includesPrompt: true), [.layerNorm(try norm("post_layernorm"))],
                projection: "visual_projection", config, sizes, in: root))
    }

    /// What config.json says about a tower.
    ///
    /// Older files say it again under `key` and "_dict". Then that counts, with defaults for what it leaves out: `CLIPConfig`
    /// in Transformers' configuration_clip.py.
    private static func section(_ key: String, in config: ConfigObject) throws(ModelFileError) -> ConfigObject {
        try Towers.section(config.contains("\(key)_dict") ? "\(key)_dict" : key, in: config)
    }

    /// The token whose hidden state stands for the text.
    ///
    /// Files from before Transformers 4.31 say 2 and mean the largest id, which is the end of the text in CLIP's vocabulary.
    private static func endOfText(_ section: ConfigObject) throws(ModelFileError) -> Pooling.Own {
        let id = try section.int("eos_token_id", in: 0...EncoderSizes.vocabularies.upperBound, default: 49_407)
        return id == 2 ? .largestID : .firstToken(id: Int32(id))
    }

    private static func head(
        _ pooling: Pooling, _ steps: [Head.Step], projection name: String, _ config: ConfigObject,
        _ sizes: EncoderSizes,
        in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Head {
        let dimension = try config.int("projection_dim", in: EncoderSizes.sizes, default: 512)
        let projection = try Linear(
            name, inputs: sizes.hidden, outputs: dimension, hasBias: false, in: checkpoint)
        return Head(
            pooling: pooling, steps: steps + [.dense(Dense(linear: projection, activation: .identity))],
            dimension: dimension)
    }
}
