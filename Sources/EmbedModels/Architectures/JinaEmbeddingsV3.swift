// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// jina-embeddings-v3: XLM-RoBERTa with rotary positions.
///
/// Follows `JinaEmbeddingsV3Model` in Transformers' modeling_jina_embeddings_v3.py, which computes what `XLMRobertaModel`
/// in xlm-roberta-flash-implementation does; paper: arXiv 2409.10173.
enum JinaEmbeddingsV3 {
    static let architecture = Architecture(
        modelTypes: ["jina_embeddings_v3"],
        remoteClasses: ["modeling_lora.XLMRobertaLoRA", "modeling_xlm_roberta.XLMRobertaModel"],
        describe: transformer)

    /// Modules under which adapters and tasks' heads keep the encoder, such as in `XLMRobertaLoRA`.
    private static let encoderNames = ["roberta"]

    /// The defaults of Transformers' `JinaEmbeddingsV3Config`.
    private static let defaults = EncoderSizes(
        hidden: 1024, layers: 24, heads: 16, intermediate: 4096, vocabulary: 250_002, positions: 8194, epsilon: 1e-5,
        positionKind: "rotary")
    /// The defaults of `XLMRobertaFlashConfig`.
    private static let flashDefaults = EncoderSizes(
        hidden: 1024, layers: 24, heads: 16, intermediate: 4096, vocabulary: 250_002, positions: 8194, epsilon: 1e-5)

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let isTransformers = try config.string("model_type", default: "xlm-roberta") == "jina_embeddings_v3"
        let sizes = try EncoderSizes(
            config, defaults: isTransformers ? defaults : flashDefaults, positionKind: "rotary")
        let tokenTypes = try config.int("type_vocab_size", in: 1...65_536, default: 1)
        // Only the flash implementation has the key.
        let flashBase = try Rotary.positive("rotary_emb_base", in: config, default: 10_000)
        let rotary = try Rotary(encoder: config, sizes, defaultBase: isTransformers ? 20_000 : flashBase)
        let root = root(of: checkpoint)
        let renamed = RotaryEncoderNames.transformers(upAndGate: ["mlp.fc1"], down: "mlp.fc2")
        let names = renamed.arePresent(in: root) ? renamed : names
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            let block = names.block(layer, in: root)
            let attention = try names.attention(sizes, rotary: rotary, hasBias: true, in: block)
            let feedForward = try names.feedForward(
                sizes, isGated: false, hasUpBias: true, hasDownBias: true, in: block)
            blocks.append(try names.block(attention, .one(feedForward), sizes, in: block))
        }
        return Transformer(
            architecture: "JinaEmbeddingsV3Model", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try names.embeddings(sizes, tokenTypes: tokenTypes, in: root), blocks: blocks)
    }

    /// The encoder's module; the published checkpoint keeps its matrices beside their adapters.
    private static func root(of checkpoint: Checkpoint) -> ScopedCheckpoint {
        let adapted = "parametrizations.weight.original"
        let table = "embeddings.word_embeddings"
        let whole = ScopedCheckpoint(checkpoint)
        var root = whole.scopeHolding("\(table).\(adapted)", among: encoderNames)
        if root.contains("\(table).\(adapted)") {
            root.matrixName = adapted
            return root
        }
        return whole.scopeHolding("\(table).weight", among: encoderNames)
    }

    /// What the published checkpoint calls its tensors.
    private static let names = RotaryEncoderNames(
        embeddingNorm: "emb_ln", blocks: "encoder.layers", queryKeyValue: .together("mixer.Wqkv"),
        attentionOutput: "mixer.out_proj", attentionNorm: "norm1", upAndGate: .apart(["mlp.fc1"]), down: "mlp.fc2",
        feedForwardNorm: "norm2")
}
