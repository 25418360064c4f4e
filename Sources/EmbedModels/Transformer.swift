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
    /// Blocks with weights of their own.
    package var blocks: [Block]
    /// The number of the block that each layer applies, in order: ALBERT's layers share one.
    package var layers: [Int]

    /// Without `layers` each block is one.
    package init(
        architecture: String, hiddenSize: Int, maxPositions: Int, embeddings: Embeddings, blocks: [Block],
        layers: [Int]? = nil
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.maxPositions = maxPositions
        self.embeddings = embeddings
        self.blocks = blocks
        self.layers = layers ?? Array(blocks.indices)
    }

    /// Multiplications and additions of the matrix products for one token, without attention scores.
    ///
    /// With attention, a sequence of n tokens takes n × this + 4 × n² × heads × headSize × layers.
    package var operationsPerToken: Int {
        let perBlock = blocks.map { block in
            [
                block.attention.query, block.attention.key, block.attention.value, block.attention.output,
                block.feedForward.up, block.feedForward.down,
            ].reduce(0) { $0 + $1.operationsPerRow }
        }
        return layers.reduce(embeddings.projection?.operationsPerRow ?? 0) { $0 + perBlock[$1] }
    }

    /// Multiplications and additions of attention for a sequence, divided by its length squared.
    package var attentionOperationsPerSquaredToken: Int {
        layers.reduce(0) { $0 + 4 * blocks[$1].attention.heads * blocks[$1].attention.headSize }
    }
}
