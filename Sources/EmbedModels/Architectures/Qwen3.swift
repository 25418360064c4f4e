// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Qwen3: Qwen2 with norms of queries and keys, and heads of a size of their own.
///
/// Follows `Qwen3Model` in Transformers' modeling_qwen3.py; paper: arXiv 2505.09388.
enum Qwen3 {
    static let architecture = Architecture(modelTypes: ["qwen3"], describe: transformer)

    /// The defaults of Transformers' `Qwen3Config`.
    private static var defaults: DecoderSizes.Defaults {
        var defaults = Qwen2.defaults
        defaults.headSize = 128
        return defaults
    }

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        // Models with code of their own mean something by it; Transformers' class doesn't read it.
        guard try !config.bool("use_bidirectional_attention", default: false) else {
            throw config.invalid("use_bidirectional_attention", found: "true", expected: "false, or is_causal: false")
        }
        let hasBias = try config.bool("attention_bias", default: false)
        return try Decoder(
            sizes: sizes, layers: try Qwen2.layers(config, sizes), hasProjectionBias: hasBias, hasOutputBias: hasBias,
            hasHeadNorms: true
        ).transformer("Qwen3Model", in: checkpoint)
    }
}
