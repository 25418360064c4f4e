// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Gemma 2: Llama's block between norms, with scores that are capped; every other layer sees a window only.
///
/// Follows `Gemma2Model` in Transformers' modeling_gemma2.py; paper: arXiv 2408.00118.
enum Gemma2 {
    static let architecture = Architecture(modelTypes: ["gemma2"], describe: transformer)

    /// The defaults of Transformers' `Gemma2Config`.
    static let defaults = DecoderSizes.Defaults(
        hidden: 2304, layers: 26, heads: 8, keyValueHeads: 4, headSize: 256, intermediate: 9216, vocabulary: 256_000,
        positions: 8192, activation: .geluTanh, activationKey: "hidden_activation")

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        // `Gemma2Model` masks the tokens behind all the same.
        guard try !config.bool("use_bidirectional_attention", default: false) else {
            throw config.invalid("use_bidirectional_attention", found: "true", expected: "false")
        }
        let types = try LayerTypes(config, count: sizes.layers) { $0.isMultiple(of: 2) }
        let layers = try Decoder.layers(
            config, sizes, types, window: try Decoder.window(config, for: types),
            isCausal: try Decoder.isCausal(config))
        var decoder = try decoder(config, sizes, layers)
        if !config.isNull("attn_logit_softcapping") {
            let cap = try config.double("attn_logit_softcapping", default: 50)
            guard cap > 0 else {
                throw config.invalid("attn_logit_softcapping", found: "\(cap)", expected: "a number above 0, or null")
            }
            decoder.scoreCap = Float(cap)
        }
        return try decoder.transformer("Gemma2Model", in: checkpoint)
    }

    /// What Gemma 2 and 3 have alike.
    static func decoder(
        _ config: ConfigObject, _ sizes: DecoderSizes, _ layers: [LayerAttention]
    ) throws(ModelFileError) -> Decoder {
        let hasBias = try config.bool("attention_bias", default: false)
        let scalar = try config.int("query_pre_attn_scalar", in: 1...1_048_576, default: 256)
        return Decoder(
            sizes: sizes, layers: layers, hasProjectionBias: hasBias, hasOutputBias: hasBias, hasOutputNorms: true,
            normOffset: 1, embeddingScale: Float(Double(sizes.hidden).squareRoot()),
            scoreScale: Float(1 / Double(scalar).squareRoot()))
    }
}
