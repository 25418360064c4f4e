// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Gemma 3's text model, also EmbeddingGemma: Gemma 2 with norms of queries and keys instead of capped scores, and with
/// positions of their own in layers that see a window only.
///
/// Follows `Gemma3TextModel` in Transformers' modeling_gemma3.py; papers: arXiv 2503.19786, 2509.20354.
enum Gemma3 {
    static let architecture = Architecture(modelTypes: ["gemma3_text"], describe: transformer)

    /// The defaults of Transformers' `Gemma3TextConfig`.
    private static var defaults: DecoderSizes.Defaults {
        var defaults = Gemma2.defaults
        defaults.vocabulary = 262_208
        defaults.positions = 131_072
        return defaults
    }

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        // `Gemma3Attention` doesn't read it.
        guard !config.contains("attn_logit_softcapping") else {
            throw config.invalid("attn_logit_softcapping", found: "a number", expected: "null")
        }
        var decoder = try Gemma2.decoder(config, sizes, try layers(config, sizes))
        decoder.hasHeadNorms = true
        return try decoder.transformer("Gemma3TextModel", in: checkpoint)
    }

    private static func layers(_ config: ConfigObject, _ sizes: DecoderSizes) throws(ModelFileError) -> [LayerAttention]
    {
        let pattern = try config.int("sliding_window_pattern", in: 1...65_536, default: 6)
        let types = try LayerTypes(config, count: sizes.layers) { !($0 + 1).isMultiple(of: pattern) }
        let full = try RotaryConfig(
            config, layerType: LayerTypes.full, baseKey: "rope_theta", defaultBase: 1_000_000, isScaled: true)
        let sliding = try RotaryConfig(
            config, layerType: LayerTypes.sliding, baseKey: "rope_local_base_freq", defaultBase: 10_000,
            isScaled: false)
        let window = try Decoder.window(config, for: types)
        let fullLayer = LayerAttention(
            rotary: try Decoder.wholeHeads(full, config, sizes), mask: try mask(config, window: nil))
        let slidingLayer = LayerAttention(
            rotary: try Decoder.wholeHeads(sliding, config, sizes), mask: try mask(config, window: window))
        return types.isSliding.map { $0 ? slidingLayer : fullLayer }
    }

    /// With `use_bidirectional_attention` a window has half of `sliding_window` on each side
    /// (`_bidirectional_window_overlay` in modeling_gemma3.py, and the window that `Gemma3TextConfig` makes for it).
    private static func mask(_ config: ConfigObject, window: Int?) throws(ModelFileError) -> AttentionMask {
        guard try config.bool("use_bidirectional_attention", default: false) else {
            return AttentionMask(isCausal: try Decoder.isCausal(config), window: window)
        }
        guard try Decoder.isCausal(config) else {
            throw config.invalid("is_causal", found: "false", expected: "none beside use_bidirectional_attention")
        }
        return AttentionMask(isCausal: false, window: window.map { $0 / 2 })
    }
}
