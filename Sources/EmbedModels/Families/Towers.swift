// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What CLIP's and SigLIP's towers have alike: norms before attention and feed-forward, and the names of their tensors.
enum Towers {
    /// Pixels of an image's side.
    private static let imageSizes = 1...8192

    /// The part of config.json about one tower; the tower's class has defaults for all of it.
    static func section(_ key: String, in config: ConfigObject) throws(ModelFileError) -> ConfigObject {
        try config.object(key) ?? ConfigObject(empty: "\(config.file): \(key)")
    }

    /// The blocks in `encoder`.
    static func blocks(
        _ sizes: EncoderSizes, mask: AttentionMask = .full, in encoder: ScopedCheckpoint
    ) throws(ModelFileError) -> [Block] {
        let hidden = sizes.hidden
        var blocks: [Block] = []
        for number in 0..<sizes.layers {
            let layer = encoder.scope("layers.\(number)")
            func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(ModelFileError) -> Linear {
                try Linear(name, inputs: inputs, outputs: outputs, in: layer)
            }
            func norm(_ name: String) throws(ModelFileError) -> ResidualNorms {
                ResidualNorms(input: try Norm(layer: name, size: hidden, epsilon: sizes.epsilon, in: layer))
            }
            blocks.append(
                Block(
                    attention: Attention(
                        heads: sizes.heads, headSize: sizes.headSize, mask: mask,
                        query: try linear("self_attn.q_proj", hidden, hidden),
                        key: try linear("self_attn.k_proj", hidden, hidden),
                        value: try linear("self_attn.v_proj", hidden, hidden),
                        output: try linear("self_attn.out_proj", hidden, hidden)),
                    attentionNorms: try norm("layer_norm1"),
                    feedForward: .one(
                        FeedForward(
                            up: try linear("mlp.fc1", hidden, sizes.intermediate), activation: sizes.activation,
                            down: try linear("mlp.fc2", sizes.intermediate, hidden))),
                    feedForwardNorms: try norm("layer_norm2")))
        }
        return blocks
    }

    /// The embeddings of tokens and positions in `checkpoint`.
    static func tokens(_ sizes: EncoderSizes, in checkpoint: ScopedCheckpoint) throws(ModelFileError) -> Embeddings {
        Embeddings(
            tokens: try checkpoint.weight("token_embedding.weight", shape: [sizes.vocabulary, sizes.hidden]),
            vocabularySize: sizes.vocabulary, size: sizes.hidden,
            positions: try checkpoint.weight("position_embedding.weight", shape: [sizes.positions, sizes.hidden]))
    }

    /// The embeddings of patches in `checkpoint`; `config` is the section about images.
    static func patches(
        _ config: ConfigObject, _ sizes: EncoderSizes, defaultPatchSize: Int, hasBias: Bool, hasClassToken: Bool,
        norm: Norm? = nil, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> PatchEmbeddings {
        let imageSize = try config.int("image_size", in: imageSizes, default: 224)
        let patchSize = try config.int("patch_size", in: imageSizes, default: defaultPatchSize)
        guard patchSize <= imageSize else {
            throw config.invalid("patch_size", found: "\(patchSize)", expected: "at most image_size, \(imageSize)")
        }
        let channels = try config.int("num_channels", in: EncoderSizes.counts, default: 3)
        guard channels == 3 else { throw config.invalid("num_channels", found: "\(channels)", expected: "3") }
        let hidden = sizes.hidden
        let side = imageSize / patchSize
        // A convolution whose windows don't overlap is a product with its weight, each output's numbers in a row.
        let projection = Linear(
            weight: try checkpoint.weight("patch_embedding.weight", shape: [hidden, 3, patchSize, patchSize]),
            bias: hasBias ? try checkpoint.weight("patch_embedding.bias", shape: [hidden]) : nil,
            inputs: 3 * patchSize * patchSize, outputs: hidden)
        return PatchEmbeddings(
            projection: projection, patchSize: patchSize, imageSize: imageSize,
            classToken: hasClassToken ? try checkpoint.weight("class_embedding", shape: [hidden]) : nil,
            positions: try checkpoint.weight(
                "position_embedding.weight", shape: [side * side + (hasClassToken ? 1 : 0), hidden]),
            norm: norm)
    }
}
