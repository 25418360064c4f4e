// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
package import EmbedModels

/// What a loaded model is.
package struct ModelDescription: Sendable, Equatable {
    /// The class in Transformers, such as "BertModel".
    package var architecture: String
    /// Components of a vector, unless a request wants another number.
    package var dimension: Int
    /// Components that the model computes; fewer are kept where its files say so (`truncate_dim`).
    package var fullDimension: Int
    /// Most tokens of an input, special tokens included; more is cut or refused.
    package var maxInputTokens: Int
    /// Ids from 0 up to this are known to the model.
    package var vocabularySize: Int
    /// sentence-transformers' names of the pooling modes, in order.
    package var pooling: [String]
    /// The model's last step gives vectors length 1; they have it unless components are cut off after it.
    package var isNormalized: Bool
    /// Texts to be put before an input, by name.
    package var prompts: [String: String] = [:]
    /// The name of the prompt of requests that ask for none.
    package var defaultPromptName: String?
    /// What compares the model's vectors: "cosine", "dot", "euclidean" or "manhattan"; `nil` where no file says so.
    package var similarityFunction: String?
    package var weightType: WeightType
    /// What multiplies the matrices: "float32", or the name of the unit that multiplies narrow numbers.
    package var arithmetic: String
    /// How near the vectors are to those of float32 weights; `nil` when these are float32.
    package var fidelity: Fidelity?
    /// Bytes of memory that the weights take on the device.
    package var weightByteCount: Int
    /// Multiplications and additions for a text.
    package var operations: Operations
    /// What the model makes of images; `nil` when it embeds texts only.
    package var images: ImageDescription?

    package var supportsImages: Bool { images != nil }

    /// Multiplications and additions for inputs of these lengths: of products with weights, and of attention.
    package func operations(forLengths lengths: some Sequence<Int>) -> (products: Double, attention: Double) {
        lengths.reduce(into: (0, 0)) { sum, length in
            sum.products += operations.products(length: length)
            sum.attention += operations.attention(length: length)
        }
    }
}

/// What a model makes of images.
package struct ImageDescription: Sendable, Equatable {
    /// Pixels that an image is resized to.
    package var width: Int
    package var height: Int
    /// Pixels a side of the squares that the model reads.
    package var patchSize: Int
    /// Rows of hidden states that an image takes: what tokens are to a text.
    package var rowCount: Int

    package init(width: Int, height: Int, patchSize: Int, rowCount: Int) {
        self.width = width
        self.height = height
        self.patchSize = patchSize
        self.rowCount = rowCount
    }
}
