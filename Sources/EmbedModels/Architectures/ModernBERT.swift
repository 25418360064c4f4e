// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// ModernBERT: an encoder with norms before attention and feed-forward, rotary positions and a gate; most layers see a
/// window only, with positions of their own.
///
/// Follows `ModernBertModel` in Transformers' modeling_modernbert.py; paper: arXiv 2412.13663.
enum ModernBERT {
    static let architecture = Architecture(modelTypes: ["modernbert"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `ModernBertForMaskedLM`.
    private static let encoderNames = ["model"]

    /// The defaults of Transformers' `ModernBertConfig`.
    private static let defaults = EncoderSizes(
        hidden: 768, layers: 22, heads: 12, intermediate: 1152, vocabulary: 50_368, positions: 8192, epsilon: 1e-5,
        activation: .gelu)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try sizes(config)
        let hasNormBias = try config.bool("norm_bias", default: false)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.tok_embeddings.weight", among: encoderNames)
        func norm(_ name: String, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Norm {
            try Norm(
                layer: name, size: sizes.hidden, epsilon: sizes.epsilon, hasBias: hasNormBias, in: checkpoint)
        }
        let embeddings = Embeddings(
            tokens: try root.weight(
                "embeddings.tok_embeddings.weight", shape: [sizes.vocabulary, sizes.hidden]),
            vocabularySize: sizes.vocabulary, size: sizes.hidden, norm: try norm("embeddings.norm", in: root))
        var blocks: [Block] = []
        for (number, layer) in try layers(config, sizes).enumerated() {
            let scope = root.scope("layers.\(number)")
            blocks.append(
                Block(
                    attention: try attention(config, sizes, layer, in: scope.scope("attn")),
                    // The embeddings' norm stands before the first layer already.
                    attentionNorms: ResidualNorms(input: number == 0 ? nil : try norm("attn_norm", in: scope)),
                    feedForward: .one(try feedForward(config, sizes, in: scope.scope("mlp"))),
                    feedForwardNorms: ResidualNorms(input: try norm("mlp_norm", in: scope))))
        }
        return Transformer(
            architecture: "ModernBertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: embeddings, blocks: blocks, finalNorm: try norm("final_norm", in: root))
    }

    private static func sizes(_ config: ConfigObject) throws(ModelFileError) -> EncoderSizes {
        let sizes = EncoderSizes(
            hidden: try config.int("hidden_size", in: EncoderSizes.sizes, default: defaults.hidden),
            layers: try config.int("num_hidden_layers", in: EncoderSizes.counts, default: defaults.layers),
            heads: try config.int("num_attention_heads", in: EncoderSizes.counts, default: defaults.heads),
            intermediate: try config.int(
                "intermediate_size", in: EncoderSizes.intermediates, default: defaults.intermediate),
            vocabulary: try config.int("vocab_size", in: EncoderSizes.vocabularies, default: defaults.vocabulary),
            positions: try config.int(
                "max_position_embeddings", in: EncoderSizes.positionCounts, default: defaults.positions),
            epsilon: Float(try config.double("norm_eps", default: Double(defaults.epsilon))),
            activation: try EncoderSizes.activation("hidden_activation", in: config, default: defaults.activation))
        try sizes.requireWholeHeads(config, hiddenKey: "hidden_size", headsKey: "num_attention_heads")
        return sizes
    }

    /// The positions and the mask of each layer: every third sees all tokens, unless config.json says otherwise.
    private static func layers(_ config: ConfigObject, _ sizes: EncoderSizes) throws(ModelFileError) -> [LayerAttention]
    {
        let period = try config.int("global_attn_every_n_layers", in: 1...65_536, default: 3)
        let types = try LayerTypes(config, count: sizes.layers) { !$0.isMultiple(of: period) }
        // `local_attention` counts both sides; saying `sliding_window` instead sets it in Transformers.
        let reach =
            config.contains("sliding_window")
            ? try config.int("sliding_window", in: 1...1_073_741_824)
            : try config.int("local_attention", in: 1...1_073_741_824, default: 128) / 2
        guard !config.isNull("local_rope_theta") || config.contains("rope_parameters") else {
            throw config.invalid("local_rope_theta", found: "null", expected: "a number")
        }
        func rotary(_ layerType: String, _ baseKey: String, _ base: Double) throws(ModelFileError) -> Rotary {
            try RotaryConfig(config, layerType: layerType, baseKey: baseKey, defaultBase: base, isScaled: true)
                .rotary(headSize: sizes.headSize, maxPositions: sizes.positions)
        }
        let full = LayerAttention(
            rotary: try rotary(LayerTypes.full, "global_rope_theta", 160_000), mask: .full)
        let sliding = LayerAttention(
            rotary: try rotary(LayerTypes.sliding, "local_rope_theta", 10_000),
            mask: AttentionMask(before: reach, after: reach))
        return types.isSliding.map { $0 ? sliding : full }
    }

    private static func attention(
        _ config: ConfigObject, _ sizes: EncoderSizes, _ layer: LayerAttention, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Attention {
        let hasBias = try config.bool("attention_bias", default: false)
        let hidden = sizes.hidden
        let parts = try Linear.parts(
            "Wqkv", inputs: hidden, outputs: [hidden, hidden, hidden], hasBias: hasBias, in: checkpoint)
        return Attention(
            heads: sizes.heads, headSize: sizes.headSize, mask: layer.mask,
            query: parts[0], key: parts[1], value: parts[2],
            output: try Linear("Wo", inputs: hidden, outputs: hidden, hasBias: hasBias, in: checkpoint),
            rotary: layer.rotary)
    }

    private static func feedForward(
        _ config: ConfigObject, _ sizes: EncoderSizes, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> FeedForward {
        let hasBias = try config.bool("mlp_bias", default: false)
        let parts = try Linear.parts(
            "Wi", inputs: sizes.hidden, outputs: [sizes.intermediate, sizes.intermediate], hasBias: hasBias,
            in: checkpoint)
        return FeedForward(
            up: parts[1], gate: parts[0], activation: sizes.activation,
            down: try Linear(
                "Wo", inputs: sizes.intermediate, outputs: sizes.hidden, hasBias: hasBias, in: checkpoint))
    }
}
