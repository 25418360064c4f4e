// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What an encoder calls the tensors of a block in which each norm follows its residual sum: BERT and its kin differ in
/// nothing else.
struct EncoderBlockNames {
    var query: String
    var key: String
    var value: String
    var attentionOutput: String
    var attentionNorm: String
    var up: String
    var down: String
    var feedForwardNorm: String

    /// The block whose tensors stand under these names in `checkpoint`.
    func block(
        _ sizes: EncoderSizes, relativeBias: RelativeBias? = nil, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> Block {
        let hidden = sizes.hidden
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws(ModelFileError) -> Linear {
            try Linear(name, inputs: inputs, outputs: outputs, in: checkpoint)
        }
        func norm(_ name: String) throws(ModelFileError) -> Norm {
            try Norm(layer: name, size: hidden, epsilon: sizes.epsilon, in: checkpoint)
        }
        return Block(
            attention: Attention(
                heads: sizes.heads, headSize: sizes.headSize,
                query: try linear(query, hidden, hidden), key: try linear(key, hidden, hidden),
                value: try linear(value, hidden, hidden), output: try linear(attentionOutput, hidden, hidden),
                relativeBias: relativeBias),
            attentionNorms: ResidualNorms(sum: try norm(attentionNorm)),
            feedForward: .one(
                FeedForward(
                    up: try linear(up, hidden, sizes.intermediate), activation: sizes.activation,
                    down: try linear(down, sizes.intermediate, hidden))),
            feedForwardNorms: ResidualNorms(sum: try norm(feedForwardNorm)))
    }
}
