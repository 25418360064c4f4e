// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Llama; as `llama_bidirec` every token sees all others.
///
/// Follows `LlamaModel` in Transformers' modeling_llama.py; papers: arXiv 2302.13971, 2407.21783. `llama_bidirec` is not
/// in Transformers: NVIDIA's models bring the class, which only leaves out the causal mask.
enum Llama {
    static let architecture = Architecture(
        modelTypes: ["llama", bidirectional],
        remoteClasses: ["llama_bidirectional_model.LlamaBidirectionalModel"], describe: transformer)

    private static let bidirectional = "llama_bidirec"

    /// The defaults of Transformers' `LlamaConfig`.
    private static let defaults = DecoderSizes.Defaults(
        hidden: 4096, layers: 32, heads: 32, intermediate: 11_008, vocabulary: 32_000, positions: 2048)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        let isBidirectional = try config.string("model_type") == bidirectional
        let isCausal = try isBidirectional ? false : Decoder.isCausal(config)
        let hasBias = try config.bool("attention_bias", default: false)
        return try Decoder(
            sizes: sizes, layers: try Decoder.layers(config, sizes, mask: isCausal ? .causal : .full),
            hasProjectionBias: hasBias, hasOutputBias: hasBias,
            hasFeedForwardBias: try config.bool("mlp_bias", default: false)
        ).transformer(isBidirectional ? "LlamaBidirectionalModel" : "LlamaModel", in: checkpoint)
    }
}
