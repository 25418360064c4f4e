// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// GTE, which calls itself "new": an encoder with rotary positions and gates.
///
/// Follows `GteModel` in Transformers' modeling_gte.py, which computes what `NewModel` in new-impl and its copies do, such
/// as `VietnameseModel`; paper: arXiv 2407.19669.
enum GTE {
    static let architecture = Architecture(
        modelTypes: ["gte", "new"],
        remoteClasses: ["modeling.NewModel", "modeling_hf_alibaba_nlp_gte.GteModel", "modeling.VietnameseModel"],
        describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `NewForMaskedLM`.
    private static let encoderNames = ["new", "gte", "Vietnamese"]

    /// The defaults of Transformers' `GteConfig`.
    private static let defaults = EncoderSizes(vocabulary: 250_048, positions: 8192, positionKind: "rope")
    /// The defaults of new-impl's `NewConfig`.
    private static let newDefaults = EncoderSizes(vocabulary: 30_528, positions: 2048, positionKind: "rope")

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let isTransformers = try config.string("model_type", default: "new") == "gte"
        let sizes = try EncoderSizes(
            config, defaults: isTransformers ? defaults : newDefaults, positionKind: "rope")
        try requirePlain(config)
        let tokenTypes = try config.int("type_vocab_size", in: 0...65_536, default: 1)
        let rotary = try Rotary(
            encoder: config, sizes, defaultBase: isTransformers ? 160_000 : 10_000, knowsNTK: !isTransformers)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let renamed = RotaryEncoderNames.transformers()
        let names = renamed.arePresent(in: root) ? renamed : names
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            let block = names.block(layer, in: root)
            let attention = try names.attention(sizes, rotary: rotary, hasBias: true, in: block)
            let feedForward = try names.feedForward(
                sizes, isGated: true, hasUpBias: false, hasDownBias: true, in: block)
            blocks.append(try names.block(attention, .one(feedForward), sizes, in: block))
        }
        return Transformer(
            architecture: isTransformers ? "GteModel" : "NewModel", hiddenSize: sizes.hidden,
            maxPositions: sizes.positions,
            embeddings: try names.embeddings(sizes, tokenTypes: tokenTypes, in: root), blocks: blocks)
    }

    /// Refuses what new-impl can compute and no published model asks for.
    private static func requirePlain(_ config: ConfigObject) throws(ModelFileError) {
        let norm = try config.string("layer_norm_type", default: "layer_norm")
        guard norm == "layer_norm" else {
            throw config.invalid("layer_norm_type", found: norm, expected: "layer_norm")
        }
        guard try config.bool("pack_qkv", default: true) else {
            throw config.invalid("pack_qkv", found: "false", expected: "true")
        }
        guard try !config.bool("logn_attention_scale", default: false) else {
            throw config.invalid("logn_attention_scale", found: "true", expected: "false")
        }
    }

    /// What the published checkpoints call their tensors.
    private static let names = RotaryEncoderNames(
        embeddingNorm: "embeddings.LayerNorm", blocks: "encoder.layer", queryKeyValue: .together("attention.qkv_proj"),
        attentionOutput: "attention.o_proj", attentionNorm: "attn_ln", upAndGate: .together("mlp.up_gate_proj"),
        down: "mlp.down_proj", feedForwardNorm: "mlp_ln")
}
