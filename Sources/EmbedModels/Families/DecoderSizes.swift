// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What `config.json` says about Llama and its kin, which name most things alike.
struct DecoderSizes {
    var hidden: Int
    var layers: Int
    var heads: Int
    var keyValueHeads: Int
    var headSize: Int
    var intermediate: Int
    var vocabulary: Int
    var positions: Int
    var epsilon: Float
    var activation: Activation

    /// What a configuration class has for keys that are missing.
    struct Defaults {
        var hidden: Int
        var layers: Int
        var heads: Int
        /// Nil for as many as there are heads.
        var keyValueHeads: Int?
        /// Nil for hidden ÷ heads.
        var headSize: Int?
        var intermediate: Int
        var vocabulary: Int
        var positions: Int
        var epsilon: Float = 1e-6
        var activation = Activation.silu
        var activationKey = "hidden_act"
    }

    init(_ config: ConfigObject, defaults: Defaults) throws(ModelFileError) {
        hidden = try config.int("hidden_size", in: EncoderSizes.sizes, default: defaults.hidden)
        layers = try config.int("num_hidden_layers", in: EncoderSizes.counts, default: defaults.layers)
        heads = try config.int("num_attention_heads", in: EncoderSizes.counts, default: defaults.heads)
        // A null says as many as there are heads, whatever a missing key says.
        let fallback = config.isNull("num_key_value_heads") ? nil : defaults.keyValueHeads
        keyValueHeads = try config.int("num_key_value_heads", in: EncoderSizes.counts, default: fallback ?? heads)
        headSize = try config.int(
            "head_dim", in: EncoderSizes.counts, default: defaults.headSize ?? max(hidden / heads, 1))
        intermediate = try config.int(
            "intermediate_size", in: EncoderSizes.intermediates, default: defaults.intermediate)
        vocabulary = try config.int("vocab_size", in: EncoderSizes.vocabularies, default: defaults.vocabulary)
        positions = try config.int(
            "max_position_embeddings", in: EncoderSizes.positionCounts, default: defaults.positions)
        epsilon = try config.epsilon("rms_norm_eps", default: defaults.epsilon)
        activation = try EncoderSizes.activation(defaults.activationKey, in: config, default: defaults.activation)
        guard heads.isMultiple(of: keyValueHeads) else {
            throw config.invalid(
                "num_attention_heads", found: "\(heads)",
                expected: "a multiple of num_key_value_heads (\(keyValueHeads))")
        }
        guard config.contains("head_dim") || defaults.headSize != nil || hidden.isMultiple(of: heads) else {
            throw config.invalid(
                "hidden_size", found: "\(hidden)", expected: "a multiple of num_attention_heads (\(heads))")
        }
    }
}
