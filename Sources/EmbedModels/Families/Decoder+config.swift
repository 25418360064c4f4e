// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

extension Decoder {
    /// Without `is_causal: false` in config.json a decoder's tokens see only what stands before them.
    ///
    /// Transformers' masking_utils.py reads it for every decoder.
    static func isCausal(_ config: ConfigObject) throws(ModelFileError) -> Bool {
        try config.bool("is_causal", default: true)
    }

    /// `sliding_window`; nil where it is null.
    static func window(_ config: ConfigObject) throws(ModelFileError) -> Int? {
        guard !config.isNull("sliding_window") else { return nil }
        return try config.int("sliding_window", in: EncoderSizes.windows, default: 4096)
    }

    /// The same where layers need it.
    static func window(_ config: ConfigObject, for types: LayerTypes) throws(ModelFileError) -> Int? {
        let window = try window(config)
        guard window != nil || !types.isSliding.contains(true) else {
            throw config.invalid("sliding_window", found: "null", expected: "a number: there are layers that slide")
        }
        return window
    }

    /// The positions that all layers share; they turn whole heads.
    ///
    /// Transformers' classes of Llama and its kin don't read `partial_rotary_factor`, or can't compute with it.
    static func rotary(_ config: ConfigObject, _ sizes: DecoderSizes) throws(ModelFileError) -> Rotary {
        try RotaryConfig(config).rotary(wholeHeadsOf: sizes.headSize, maxPositions: sizes.positions)
    }

    /// Layers that all see the same, with positions they share.
    static func layers(
        _ config: ConfigObject, _ sizes: DecoderSizes, mask: AttentionMask
    ) throws(ModelFileError) -> [LayerAttention] {
        Array(repeating: LayerAttention(rotary: try rotary(config, sizes), mask: mask), count: sizes.layers)
    }

    /// Layers with positions they share, some of which see a window only.
    static func layers(
        _ config: ConfigObject, _ sizes: DecoderSizes, _ types: LayerTypes, window: Int?, isCausal: Bool
    ) throws(ModelFileError) -> [LayerAttention] {
        let rotary = try rotary(config, sizes)
        return types.isSliding.map { isSliding in
            LayerAttention(rotary: rotary, mask: AttentionMask(isCausal: isCausal, window: isSliding ? window : nil))
        }
    }
}

extension AttentionMask {
    /// What a window of `sliding_window` tokens shows, or all tokens.
    ///
    /// A causal window counts the token itself, one to both sides counts those on each side (`sliding_window_overlay`
    /// and `sliding_window_bidirectional_overlay` in Transformers' masking_utils.py).
    init(isCausal: Bool, window: Int?) {
        self.init(
            before: window.map { isCausal ? $0 - 1 : $0 },
            after: isCausal ? 0 : window)
    }
}
