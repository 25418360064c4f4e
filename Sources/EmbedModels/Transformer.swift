// SPDX-License-Identifier: Apache-2.0

/// What a model computes from token ids to hidden states, as plain data.
///
/// An architecture describes it, a device executes it; it holds no arithmetic. Its tensors are views of the mapped
/// checkpoint: a device copies what it needs while loading, and the mapping goes when the description goes.
package struct Transformer: Sendable {
    /// The class in Transformers that this describes, such as "BertModel".
    package var architecture: String
    /// Components of a hidden state.
    package var hiddenSize: Int
    /// Longest sequence in tokens.
    package var maxPositions: Int
    package var embeddings: Embeddings
    package var blocks: [Block]

    package init(
        architecture: String, hiddenSize: Int, maxPositions: Int, embeddings: Embeddings, blocks: [Block]
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.maxPositions = maxPositions
        self.embeddings = embeddings
        self.blocks = blocks
    }

    /// Multiplications and additions of the matrix products for one token, without attention scores.
    ///
    /// With attention, a sequence of n tokens takes n × this + 4 × n² × heads × headSize × blocks.
    package var operationsPerToken: Int {
        blocks.reduce(0) { sum, block in
            let layers = [
                block.attention.query, block.attention.key, block.attention.value, block.attention.output,
                block.feedForward.up, block.feedForward.down,
            ]
            return sum + layers.reduce(0) { $0 + 2 * $1.inputs * $1.outputs }
        }
    }

    /// Multiplications and additions of attention for a sequence, divided by its length squared.
    package var attentionOperationsPerSquaredToken: Int {
        blocks.reduce(0) { $0 + 4 * $1.attention.heads * $1.attention.headSize }
    }
}
