// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// NomicBERT: an encoder with rotary positions and gates, in nomic-embed-text-v2 with a mixture of experts in every other
/// block.
///
/// Follows `NomicBertModel` in Transformers' modeling_nomic_bert.py and, for what that leaves out (experts, layers without
/// a gate), nomic-bert-2048's modeling_hf_nomic_bert.py; papers: arXiv 2402.01613, 2502.07972.
enum NomicBERT {
    static let architecture = Architecture(
        modelTypes: ["nomic_bert"], remoteClasses: ["modeling_hf_nomic_bert.NomicBertModel"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `NomicBertForMaskedLM` or `NomicBertForPreTraining`.
    private static let encoderNames = ["nomic_bert", "bert"]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let model = try NomicBERTConfig(config)
        let sizes = model.sizes
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let renamed = RotaryEncoderNames.transformers()
        let names = renamed.arePresent(in: root) ? renamed : model.isGated ? gatedNames : plainNames
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            let block = names.block(layer, in: root)
            let attention = try names.attention(
                sizes, rotary: model.rotary, hasBias: model.hasAttentionBias, in: block)
            let feedForward: FeedForwardLayer
            if let mixture = model.mixture, mixture.isInLayer(layer) {
                feedForward = .experts(try experts(mixture, sizes, in: block.scope("mlp")))
            } else {
                feedForward = .one(
                    try names.feedForward(
                        sizes, isGated: model.isGated, hasUpBias: model.hasUpBias, hasDownBias: model.hasDownBias,
                        in: block))
            }
            blocks.append(try names.block(attention, feedForward, sizes, in: block))
        }
        return Transformer(
            architecture: "NomicBertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try names.embeddings(sizes, tokenTypes: model.tokenTypes, in: root), blocks: blocks)
    }

    /// A mixture whose experts' matrices stand one below the other in two tensors, the second transposed.
    private static func experts(
        _ mixture: NomicBERTConfig.Mixture, _ sizes: EncoderSizes, in module: ScopedCheckpoint
    ) throws(ModelFileError) -> Experts {
        let shape = [mixture.experts * sizes.intermediate, sizes.hidden]
        let first = try module.weight("experts.mlp.w1", shape: shape)
        let second = try module.weight("experts.mlp.w2", shape: shape)
        return Experts(
            router: try Linear(
                "router.layer", inputs: sizes.hidden, outputs: mixture.experts, hasBias: false, in: module),
            chosen: mixture.chosen,
            experts: (0..<mixture.experts).map { expert in
                let rows = expert * sizes.intermediate..<(expert + 1) * sizes.intermediate
                return FeedForward(
                    up: Linear(
                        weight: first.rows(rows), bias: nil, inputs: sizes.hidden, outputs: sizes.intermediate),
                    activation: sizes.activation,
                    down: Linear(
                        weight: second.rows(rows), isTransposed: true, bias: nil, inputs: sizes.intermediate,
                        outputs: sizes.hidden))
            },
            bias: try module.weight("experts.bias", shape: [sizes.hidden]))
    }

    /// What the published checkpoints call their tensors.
    private static let gatedNames = RotaryEncoderNames(
        embeddingNorm: "emb_ln", blocks: "encoder.layers", queryKeyValue: .together("attn.Wqkv"),
        attentionOutput: "attn.out_proj", attentionNorm: "norm1", upAndGate: .apart(["mlp.fc11", "mlp.fc12"]),
        down: "mlp.fc2", feedForwardNorm: "norm2")
    private static let plainNames = {
        var names = gatedNames
        names.upAndGate = .apart(["mlp.fc1"])
        return names
    }()
}
