// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine
package import EmbedImages

/// One request for vectors, whatever dialect it came in.
package struct EmbeddingRequest: Sendable {
    /// The model's id or alias as the client wrote it; `nil` takes the first model.
    package var model: String?
    /// What to embed; each gives one vector, in this order.
    package var inputs: [EmbeddingInput]
    /// What the inputs are in a search; `nil` when the client doesn't say.
    package var role: InputRole?
    package var prompt: PromptChoice
    /// Keep the first so many components; `nil` keeps those that the model's files keep.
    package var dimensions: Int?
    /// What happens to texts over the model's length.
    package var longTexts: LongTextPolicy
    /// The inputs are the parts of one document, which the model reads at once; one over its length is refused.
    package var usesLateChunking: Bool
    package var normalization: Normalization
    /// Whether images are turned as their files say.
    package var imageOrientation: RGBImage.Orientation
    /// How long the model then stays in memory if nobody uses it; `nil` is what the server has set.
    package var keepAlive: KeepAlive?

    /// Whether vectors get length 1.
    package enum Normalization: Sendable, Equatable {
        /// If the model's own modules end so.
        case model
        /// Whatever the model does.
        case always
    }

    package init(
        model: String? = nil, inputs: [EmbeddingInput], role: InputRole? = nil, prompt: PromptChoice = .automatic,
        dimensions: Int? = nil, longTexts: LongTextPolicy = .cut, usesLateChunking: Bool = false,
        normalization: Normalization = .model, imageOrientation: RGBImage.Orientation = .upright
    ) {
        self.model = model
        self.inputs = inputs
        self.role = role
        self.prompt = prompt
        self.dimensions = dimensions
        self.longTexts = longTexts
        self.usesLateChunking = usesLateChunking
        self.normalization = normalization
        self.imageOrientation = imageOrientation
    }
}

/// The answer to an ``EmbeddingRequest``.
package struct EmbeddingResponse: Sendable {
    /// The canonical id of the model that computed the vectors.
    package var model: String
    /// All vectors, one after the other: `[inputs, dimension]`, finite.
    package var values: [Float]
    package var dimension: Int
    /// Tokens that went through the model for each input, special tokens included, padding never.
    package var tokenCounts: [Int]
    /// How many inputs were not embedded whole.
    package var truncatedInputs: Int

    package init(model: String, values: [Float], dimension: Int, tokenCounts: [Int], truncatedInputs: Int) {
        self.model = model
        self.values = values
        self.dimension = dimension
        self.tokenCounts = tokenCounts
        self.truncatedInputs = truncatedInputs
    }

    /// The number of vectors.
    package var count: Int { tokenCounts.count }

    /// The sum of ``tokenCounts``.
    package var totalTokens: Int { tokenCounts.reduce(0, +) }

    /// The vector of input `index`.
    package func vector(_ index: Int) -> ArraySlice<Float> {
        values[index * dimension..<(index + 1) * dimension]
    }
}
