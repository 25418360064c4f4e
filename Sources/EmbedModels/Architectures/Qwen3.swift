// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Qwen3: Qwen2 with norms of queries and keys, and heads of a size of their own.
///
/// Follows `Qwen3Model` in Transformers' modeling_qwen3.py; paper: arXiv 2505.09388. Voyage's and Perplexity's models
/// bring classes that only leave out the causal mask; Voyage's also projects each hidden state.
enum Qwen3 {
    static let architecture = Architecture(
        modelTypes: ["qwen3", perplexitysType], remoteClasses: [voyagesClass, "modeling.PPLXQwen3Model"],
        describe: transformer)

    private static let perplexitysType = "bidirectional_pplx_qwen3"
    private static let voyagesClass = "modeling_qwen3_bidirectional.Qwen3BidirectionalModel"

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
        let hasBias = try config.bool("attention_bias", default: false)
        let layers = try Qwen2.layers(config, sizes, isCausal: try isCausal(config))
        var transformer = try Decoder(
            sizes: sizes, layers: layers, hasProjectionBias: hasBias, hasOutputBias: hasBias, hasHeadNorms: true
        ).transformer("Qwen3Model", in: checkpoint)
        if try config.remoteClass() == voyagesClass {
            transformer.projection = try Linear(
                "linear", inputs: sizes.hidden, outputs: try config.int("num_labels", in: EncoderSizes.sizes),
                hasBias: false, in: ScopedCheckpoint(checkpoint))
        }
        return transformer
    }

    private static func isCausal(_ config: ConfigObject) throws(ModelFileError) -> Bool {
        let modelType = try config.string("model_type")
        let remoteClass = try config.remoteClass()
        if modelType == perplexitysType || remoteClass != nil { return false }
        // Transformers' class doesn't read it, but who wrote it meant something.
        guard try !config.bool("use_bidirectional_attention", default: false) else {
            throw config.invalid("use_bidirectional_attention", found: "true", expected: "false, or is_causal: false")
        }
        return try Decoder.isCausal(config)
    }
}
