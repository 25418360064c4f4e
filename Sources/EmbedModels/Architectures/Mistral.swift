// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// Mistral: Llama whose layers may all see a window only.
///
/// Follows `MistralModel` in Transformers' modeling_mistral.py; paper: arXiv 2310.06825.
enum Mistral {
    static let architecture = Architecture(modelTypes: ["mistral"], describe: transformer)

    /// The defaults of Transformers' `MistralConfig`.
    private static let defaults = DecoderSizes.Defaults(
        hidden: 4096, layers: 32, heads: 32, keyValueHeads: 8, intermediate: 14_336, vocabulary: 32_000,
        positions: 131_072)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try DecoderSizes(config, defaults: defaults)
        let mask = AttentionMask(isCausal: try Decoder.isCausal(config), window: try Decoder.window(config))
        return try Decoder(sizes: sizes, layers: try Decoder.layers(config, sizes, mask: mask))
            .transformer("MistralModel", in: checkpoint)
    }
}
