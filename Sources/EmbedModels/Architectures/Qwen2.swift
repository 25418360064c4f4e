// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Qwen2: Llama with biases of queries, keys and values, whose upper layers may see a window only.
///
/// Follows `Qwen2Model` in Transformers' modeling_qwen2.py; paper: arXiv 2407.10671. GTE's models bring a class of the
/// same name; with `is_causal: false` both leave out the causal mask.
enum Qwen2 {
    static let architecture = Architecture(
        modelTypes: ["qwen2"], remoteClasses: ["modeling_qwen.Qwen2Model"], describe: transformer)

    /// The defaults of Transformers' `Qwen2Config`.
    static let defaults = DecoderSizes.Defaults(
        hidden: 4096, layers: 32, heads: 32, keyValueHeads: 32, intermediate: 22_016, vocabulary: 151_936,
        positions: 32_768)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        // Without it GTE's class and Transformers' may differ.
        let remoteClass = try config.remoteClass()
        guard config.contains("is_causal") || remoteClass == nil else {
            throw .missingKey(file: config.file, key: "is_causal", expected: "true or false beside auto_map")
        }
        let layers = try layers(config, sizes, isCausal: try Decoder.isCausal(config))
        return try Decoder(sizes: sizes, layers: layers, hasProjectionBias: true)
            .transformer("Qwen2Model", in: checkpoint)
    }

    /// The layers of Qwen2 and Qwen3: those from `max_window_layers` on slide if `use_sliding_window` says so.
    static func layers(
        _ config: ConfigObject, _ sizes: DecoderSizes, isCausal: Bool
    ) throws(ModelFileError) -> [LayerAttention] {
        let window = try config.bool("use_sliding_window", default: false) ? try Decoder.window(config) : nil
        let firstSliding = try config.int("max_window_layers", in: 0...65_536, default: 28)
        let types = try LayerTypes(config, count: sizes.layers) { window != nil && $0 >= firstSliding }
        guard window != nil || !types.isSliding.contains(true) else {
            throw config.invalid("layer_types", found: LayerTypes.sliding, expected: "none without use_sliding_window")
        }
        return try Decoder.layers(config, sizes, types, window: window, isCausal: isCausal)
    }
}
