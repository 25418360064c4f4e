// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles

/// jina-embeddings-v3: XLM-RoBERTa with rotary positions, and adapters of low rank for its tasks.
///
/// Follows `JinaEmbeddingsV3Model` in Transformers' modeling_jina_embeddings_v3.py, which computes what `XLMRobertaModel`
/// in xlm-roberta-flash-implementation does, and for the adapters `XLMRobertaLoRA` there; paper: arXiv 2409.10173.
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
        let flashBase = try config.positive("rotary_emb_base", default: 10_000)
        let rotary = try Rotary(encoder: config, sizes, defaultBase: isTransformers ? 20_000 : flashBase)
        let root = try root(of: checkpoint, config)
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
        var transformer = Transformer(
            architecture: "JinaEmbeddingsV3Model", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try names.embeddings(sizes, tokenTypes: tokenTypes, in: root), blocks: blocks)
        transformer.adapters = root.adaptation?.tasks ?? []
        return transformer
    }

    /// The encoder's module; the published checkpoint keeps its matrices beside their adapters.
    private static func root(
        of checkpoint: Checkpoint, _ config: ConfigObject
    ) throws(ModelFileError) -> ScopedCheckpoint {
        let table = "embeddings.word_embeddings"
        let adapted = "\(table).\(Adaptation.matrixName)"
        let whole = ScopedCheckpoint(checkpoint)
        var root = whole.scopeHolding(adapted, among: encoderNames)
        if root.contains(adapted) {
            root.adaptation = try adaptation(config)
            return root
        }
        return whole.scopeHolding("\(table).weight", among: encoderNames)
    }

    /// The tasks of the adapters; defaults are those of `XLMRobertaFlashConfig`.
    private static func adaptation(_ config: ConfigObject) throws(ModelFileError) -> Adaptation {
        let tasks = config.value.nonNull("lora_adaptations")
        let names = tasks?.elements?.compactMap(\.string) ?? []
        guard names.count == tasks?.elements?.count, (1...64).contains(names.count), Set(names).count == names.count
        else {
            throw config.invalid(
                "lora_adaptations", found: String(tasks?.rawText.prefix(80) ?? "missing"),
                expected: "1 to 64 different names of tasks")
        }
        let rank = try config.int("lora_rank", in: 1...1024, default: 4)
        let scale = Float(try config.positive("lora_alpha", default: 1) / Double(rank))
        guard scale.isFinite else {
            throw config.invalid("lora_alpha", found: "\(scale)", expected: "a finite number in single precision")
        }
        return Adaptation(tasks: names, rank: rank, scale: scale)
    }

    /// What the published checkpoint calls its tensors.
    private static let names = RotaryEncoderNames(
        embeddingNorm: "emb_ln", blocks: "encoder.layers", queryKeyValue: .together("mixer.Wqkv"),
        attentionOutput: "mixer.out_proj", attentionNorm: "norm1", upAndGate: .apart(["mlp.fc1"]), down: "mlp.fc2",
        feedForwardNorm: "norm2")
}
