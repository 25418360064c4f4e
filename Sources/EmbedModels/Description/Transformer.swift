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
    /// After the last block, where norms stand before what they are for.
    package var finalNorm: Norm?
    /// Of each hidden state, after ``finalNorm``; ``Head`` applies it to the pooled vector instead, which is the same for
    /// a pooling that adds hidden states up.
    package var projection: Linear?
    /// Tasks of which each adds something of its own to embeddings and linear layers; without one nothing is added.
    package var adapters: [String] = []

    /// Without `layers` each block is one.
    package init(
        architecture: String, hiddenSize: Int, maxPositions: Int, embeddings: Embeddings, blocks: [Block],
        layers: [Int]? = nil, finalNorm: Norm? = nil, projection: Linear? = nil
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.maxPositions = maxPositions
        self.embeddings = embeddings
        self.blocks = blocks
        self.layers = layers ?? Array(blocks.indices)
        self.finalNorm = finalNorm
        self.projection = projection
    }

    /// What the model computes for a text.
    package var operations: Operations {
        var operations = Operations(perToken: embeddings.projection?.operationsPerRow ?? 0, perPair: [:])
        let perToken = blocks.map { block in
            let attention = block.attention
            return [attention.query, attention.key, attention.value, attention.output]
                .reduce(block.feedForward.operationsPerToken) { $0 + $1.operationsPerRow }
        }
        for layer in layers {
            let attention = blocks[layer].attention
            operations.perToken += perToken[layer]
            operations.perPair[attention.mask, default: 0] += 4 * attention.heads * attention.headSize
        }
        return operations
    }
}
