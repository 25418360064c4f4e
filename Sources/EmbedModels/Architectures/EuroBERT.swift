// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// EuroBERT: Llama's block in an encoder, in which every token sees all others.
///
/// Follows `EuroBertModel` in Transformers' modeling_eurobert.py; paper: arXiv 2503.05500.
enum EuroBERT {
    static let architecture = Architecture(
        modelTypes: ["eurobert"], remoteClasses: ["modeling_eurobert.EuroBertModel"], describe: transformer)

    /// The defaults of Transformers' `EuroBertConfig`.
    private static let defaults = DecoderSizes.Defaults(
        hidden: 768, layers: 12, heads: 12, intermediate: 3072, vocabulary: 128_256, positions: 8192, epsilon: 1e-5)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        let hasBias = try config.bool("attention_bias", default: false)
        return try Decoder(
            sizes: sizes, layers: try Decoder.layers(config, sizes, mask: .full),
            hasProjectionBias: hasBias, hasOutputBias: hasBias,
            hasFeedForwardBias: try config.bool("mlp_bias", default: false)
        ).transformer("EuroBertModel", in: checkpoint)
    }
}
