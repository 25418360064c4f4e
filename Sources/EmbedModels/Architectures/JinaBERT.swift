// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import Glibc

/// JinaBERT of jina-embeddings-v2: BERT with ALiBi's biases instead of learned positions, and gates.
///
/// Two repositories have its code: jina-bert-implementation, and jina-bert-v2-qk-post-norm, whose models have norms of
/// queries and keys and a second residual sum; `model_type` is BERT's. There is no class of it in Transformers. Papers:
/// arXiv 2310.19923, and 2402.17016 for the norms.
enum JinaBERT {
    static let architecture = Architecture(
        modelTypes: [], remoteClasses: ["modeling_bert.JinaBertModel"], describe: transformer)

    /// Modules under which a task's head keeps the encoder, such as in `JinaBertForMaskedLM`.
    private static let encoderNames = ["bert"]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let sizes = try EncoderSizes(config, positionKind: "alibi")
        let kind = try config.string("feed_forward_type", default: "original")
        guard kind == "geglu" else { throw config.invalid("feed_forward_type", found: kind, expected: "geglu") }
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        let bias = RelativeBias.slopes(slopes(heads: sizes.heads))
        var blocks: [Block] = []
        for layer in 0..<sizes.layers {
            let block = root.scope("encoder.layer.\(layer)")
            let hasQueryNorm = block.contains("attention.self.layer_norm_q.weight")
            blocks.append(
                hasQueryNorm ? try normedBlock(sizes, bias, in: block) : try plainBlock(sizes, bias, in: block))
        }
        return Transformer(
            architecture: "JinaBertModel", hiddenSize: sizes.hidden, maxPositions: sizes.positions,
            embeddings: try BERT.embeddings(
                config, sizes, size: sizes.hidden, hasPositions: false, in: root.scope("embeddings")),
            blocks: blocks)
    }

    /// A block of jina-bert-implementation: the gate's weights stand before the others.
    private static func plainBlock(
        _ sizes: EncoderSizes, _ bias: RelativeBias, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Block {
        let gateAndUp = try gatePair("mlp.gated_layers", sizes, in: block)
        return Block(
            attention: try attention(sizes, bias, in: block),
            attentionNorms: ResidualNorms(sum: try norm("attention.output.LayerNorm", sizes, in: block)),
            feedForward: .one(
                FeedForward(
                    up: gateAndUp[1], gate: gateAndUp[0], activation: .gelu,
                    down: try down("mlp.wo", sizes, in: block))),
            feedForwardNorms: ResidualNorms(sum: try norm("mlp.layernorm", sizes, in: block)))
    }

    /// A block of jina-bert-v2-qk-post-norm: the gate's weights stand behind the others.
    private static func normedBlock(
        _ sizes: EncoderSizes, _ bias: RelativeBias, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Block {
        var attention = try attention(sizes, bias, in: block)
        attention.queryNorm = try norm("attention.self.layer_norm_q", sizes, in: block)
        attention.keyNorm = try norm("attention.self.layer_norm_k", sizes, in: block)
        let upAndGate = try gatePair("mlp.up_gated_layer", sizes, in: block)
        return Block(
            attention: attention,
            attentionNorms: ResidualNorms(
                sum: try norm("attention.output.LayerNorm", sizes, in: block),
                secondSum: try norm("layer_norm_1", sizes, in: block)),
            feedForward: .one(
                FeedForward(
                    up: upAndGate[0], gate: upAndGate[1], activation: .gelu,
                    down: try down("mlp.down_layer", sizes, in: block))),
            feedForwardNorms: ResidualNorms(sum: try norm("layer_norm_2", sizes, in: block)))
    }

    private static func attention(
        _ sizes: EncoderSizes, _ bias: RelativeBias, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Attention {
        func linear(_ name: String) throws(ModelFileError) -> Linear {
            try Linear("attention.\(name)", inputs: sizes.hidden, outputs: sizes.hidden, in: block)
        }
        return Attention(
            heads: sizes.heads, headSize: sizes.headSize, query: try linear("self.query"), key: try linear("self.key"),
            value: try linear("self.value"), output: try linear("output.dense"), relativeBias: bias)
    }

    private static func gatePair(
        _ name: String, _ sizes: EncoderSizes, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> [Linear] {
        try Linear.parts(
            name, inputs: sizes.hidden, outputs: [sizes.intermediate, sizes.intermediate], hasBias: false, in: block)
    }

    private static func down(
        _ name: String, _ sizes: EncoderSizes, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Linear {
        try Linear(name, inputs: sizes.intermediate, outputs: sizes.hidden, in: block)
    }

    private static func norm(
        _ name: String, _ sizes: EncoderSizes, in block: ScopedCheckpoint
    ) throws(ModelFileError) -> Norm {
        try Norm(layer: name, size: sizes.hidden, epsilon: sizes.epsilon, in: block)
    }

    /// ALiBi's slope of each head: 2^(−8k ÷ n) for k = 1 … n, where n is the largest power of two up to `heads`; then those
    /// for 2n with odd k.
    private static func slopes(heads: Int) -> [Float] {
        let power = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
        func slope(_ k: Int, of count: Int) -> Float { Float(exp2(-8 * Double(k) / Double(count))) }
        return (1...power).map { slope($0, of: power) }
            + (0..<heads - power).map { slope(2 * $0 + 1, of: 2 * power) }
    }
}
