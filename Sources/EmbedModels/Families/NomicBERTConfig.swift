// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What `config.json` says about a NomicBERT, under the names that its authors took from GPT-2 or under Transformers'.
///
/// Published files have the first, newer ones both. The authors' decide where there are both: they alone tell how long a
/// text may be (`n_positions`) from how long those of the training were (`max_trained_positions`).
struct NomicBERTConfig {
    /// A mixture of experts in some of the layers.
    struct Mixture {
        var every: Int
        var experts: Int
        var chosen: Int

        /// Whether layer `number`, from 0, has it.
        func isInLayer(_ number: Int) -> Bool { number % every == 1 }
    }

    var sizes: EncoderSizes
    var rotary: Rotary
    var tokenTypes: Int
    var isGated = true
    var hasAttentionBias = false
    var hasUpBias = false
    var hasDownBias = false
    var mixture: Mixture?

    init(_ config: ConfigObject) throws(ModelFileError) {
        tokenTypes = try config.int("type_vocab_size", in: 0...65_536, default: 2)
        guard config.contains("n_embd") else {
            sizes = try EncoderSizes(config, defaults: Self.defaults)
            rotary = try Rotary(encoder: config, sizes, defaultBase: 1000)
            return
        }
        let activation = try Self.activation(config)
        isGated = activation.isGated
        sizes = try Self.sizes(config, activation: activation.function)
        rotary = try Self.rotary(config, sizes)
        hasAttentionBias = try config.bool("qkv_proj_bias", default: true)
        hasUpBias = try config.bool("mlp_fc1_bias", default: true)
        hasDownBias = try config.bool("mlp_fc2_bias", default: true)
        mixture = try Self.mixture(config, isGated: isGated)
        try Self.requirePlain(config)
    }

    /// The defaults of Transformers' `NomicBertConfig`.
    private static let defaults = EncoderSizes(vocabulary: 30_528, positions: 2048, activation: .silu)
}

extension NomicBERTConfig {
    /// The sizes under GPT-2's names; defaults are those of `GPT2Config`.
    private static func sizes(
        _ config: ConfigObject, activation: Activation
    ) throws(ModelFileError) -> EncoderSizes {
        let hidden = try config.int("n_embd", in: EncoderSizes.sizes, default: 768)
        let vocabulary = try config.int("vocab_size", in: EncoderSizes.vocabularies, default: 50_257)
        let multiple = try config.int("pad_vocab_size_multiple", in: 1...65_536, default: 1)
        let sizes = EncoderSizes(
            hidden: hidden,
            layers: try config.int("n_layer", in: EncoderSizes.counts, default: 12),
            heads: try config.int("n_head", in: EncoderSizes.counts, default: 12),
            intermediate: try config.int("n_inner", in: EncoderSizes.intermediates, default: 4 * hidden),
            vocabulary: (vocabulary + multiple - 1) / multiple * multiple,
            positions: try config.int("n_positions", in: EncoderSizes.positionCounts, default: 1024),
            epsilon: try config.epsilon("layer_norm_epsilon", default: 1e-5),
            activation: activation)
        try sizes.requireWholeHeads(config, hiddenKey: "n_embd", headsKey: "n_head")
        return sizes
    }

    private static func activation(
        _ config: ConfigObject
    ) throws(ModelFileError) -> (function: Activation, isGated: Bool) {
        let name = try config.string("activation_function", default: "gelu_new")
        switch name {
        case "swiglu": return (.silu, true)
        case "geglu": return (.gelu, true)
        case "gelu": return (.gelu, false)
        default: throw config.invalid("activation_function", found: name, expected: "swiglu, geglu, gelu")
        }
    }

    /// With `rotary_scaling_factor` the frequencies change in texts longer than `max_trained_positions`.
    private static func rotary(_ config: ConfigObject, _ sizes: EncoderSizes) throws(ModelFileError) -> Rotary {
        let fraction = try config.double("rotary_emb_fraction", default: 0)
        guard fraction == 1 else {
            throw config.invalid("rotary_emb_fraction", found: "\(fraction)", expected: "1")
        }
        guard sizes.headSize.isMultiple(of: 2) else {
            throw config.invalid("n_embd", found: "\(sizes.hidden)", expected: "an even number for each head")
        }
        let base = try config.double("rotary_emb_base", default: 1000)
        guard base > 1, base <= 1e30 else {
            throw config.invalid("rotary_emb_base", found: "\(base)", expected: "a number above 1")
        }
        var rotary = Rotary(base: Float(base), size: sizes.headSize)
        if try config.double("rotary_scaling_factor", default: 0) != 0 {
            let factor = try config.positive("rotary_scaling_factor")
            let trained = try config.int("max_trained_positions", in: EncoderSizes.positionCounts, default: 2048)
            rotary.stretching = Rotary.Stretching(base: Float(base), factor: Float(factor), trainedLength: trained)
        }
        return rotary
    }

    private static func mixture(_ config: ConfigObject, isGated: Bool) throws(ModelFileError) -> Mixture? {
        let every = try config.int("moe_every_n_layers", in: 0...1024, default: 0)
        guard every > 0 else { return nil }
        guard !isGated else {
            throw config.invalid("activation_function", found: "a gate", expected: "gelu in a mixture of experts")
        }
        for key in ["moe_normalize_expert_weights", "expert_choice_router"] where try config.bool(key, default: false) {
            throw config.invalid(key, found: "true", expected: "false")
        }
        let shared = try config.int("num_shared_experts", in: 0...1024, default: 0)
        guard shared == 0 else { throw config.invalid("num_shared_experts", found: "\(shared)", expected: "0") }
        let experts = try config.int("num_experts", in: 1...1024)
        return Mixture(
            every: every, experts: experts, chosen: try config.int("moe_top_k", in: 1...experts))
    }

    /// Refuses what the published code can compute and no published model asks for.
    private static func requirePlain(_ config: ConfigObject) throws(ModelFileError) {
        let flags = [
            "prenorm", "parallel_block", "rotary_emb_interleaved", "use_rms_norm", "causal", "norm_mlp",
            "rotary_head_dim",
        ]
        for key in flags where try config.bool(key, default: false) {
            throw config.invalid(key, found: "true", expected: "false")
        }
        for key in ["rotary_emb_scale_base", "num_heads_kv"] where config.contains(key) {
            throw config.invalid(key, found: "a number", expected: "null")
        }
    }
}
