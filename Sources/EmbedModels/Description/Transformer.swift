// SPDX-License-Identifier: Apache-2.0

/// What a model computes from token ids, or from an image's patches, to hidden states, as plain data.
///
/// An architecture describes it, a device executes it; it holds no arithmetic. Its tensors are views of the mapped
/// checkpoint: a device copies what it needs while loading, and the mapping goes when the description goes.
package struct Transformer: Sendable {
    /// The class in Transformers that this describes, such as "BertModel".
    package var architecture: String
    /// Components of a hidden state.
    package var hiddenSize: Int
    /// Longest sequence in tokens; for images the length of all.
    package var maxPositions: Int
    package var input: InputLayer
    /// Blocks with weights of their own.
    package var blocks: [Block]
    /// The number of the block that each layer applies, in order: ALBERT's layers share one.
    package var layers: [Int]
    /// After the last block, where norms stand before what they are for.
    package var finalNorm: Norm?
    /// Of each hidden state, after ``finalNorm``; ``Head`` applies it to the pooled vector instead, which is the same for
    /// a pooling that adds hidden states up.
    package var projection: Linear?
    /// How the architecture itself makes a vector of hidden states: CLIP's and SigLIP's towers, whose checkpoints have the
    /// weights for it.
    ///
    /// Without one sentence-transformers' files say how.
    package var head: Head?
    /// Tasks of which each adds something of its own to embeddings and linear layers; without one nothing is added.
    package var adapters: [String] = []

    /// Without `layers` each block is one.
    package init(
        architecture: String, hiddenSize: Int, maxPositions: Int, embeddings: Embeddings, blocks: [Block],
        layers: [Int]? = nil, finalNorm: Norm? = nil, projection: Linear? = nil, head: Head? = nil
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.maxPositions = maxPositions
        input = .tokens(embeddings)
        self.blocks = blocks
        self.layers = layers ?? Array(blocks.indices)
        self.finalNorm = finalNorm
        self.projection = projection
        self.head = head
    }

    /// A tower for images.
    package init(
        architecture: String, hiddenSize: Int, patches: PatchEmbeddings, blocks: [Block], finalNorm: Norm? = nil,
        head: Head
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        maxPositions = patches.sequenceLength
        input = .patches(patches)
        self.blocks = blocks
        layers = Array(blocks.indices)
        self.finalNorm = finalNorm
        self.head = head
    }

    /// The first layer of a model of texts.
    package var embeddings: Embeddings? {
        if case .tokens(let embeddings) = input { embeddings } else { nil }
    }

    /// The first layer of a tower for images.
    package var patches: PatchEmbeddings? {
        if case .patches(let patches) = input { patches } else { nil }
    }

    /// Token ids from 0 up to this are known to the model; a tower for images knows none.
    package var vocabularySize: Int { embeddings?.vocabularySize ?? 0 }

    /// What the model computes for a text or an image.
    package var operations: Operations {
        var operations = Operations(perToken: 0, perPair: [:])
        switch input {
        case .tokens(let embeddings): operations.perToken = embeddings.projection?.operationsPerRow ?? 0
        case .patches(let patches):
            operations.perSequence = patches.patchCount * patches.projection.operationsPerRow
        }
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
