// SPDX-License-Identifier: Apache-2.0

/// A text as the model takes it.
package struct TokenizedInput: Sendable, Equatable {
    /// At least one, all inside the vocabulary.
    package var tokenIDs: [Int32]
    /// How many of them, from the first on, are a prompt that some models leave out of pooling.
    package var promptLength: Int
    /// The end was cut off.
    package var isTruncated: Bool
    /// The tokens of each vector, where there is not one of all tokens.
    package var spans: [Range<Int>]?
    /// The number of the model's pipeline that reads it.
    package var pipeline: Int
    /// The number of its task among those the pipeline has adapters for.
    package var task: Int?

    package init(
        tokenIDs: [Int32], promptLength: Int = 0, isTruncated: Bool, spans: [Range<Int>]? = nil, pipeline: Int = 0,
        task: Int? = nil
    ) {
        self.tokenIDs = tokenIDs
        self.pipeline = pipeline
        self.task = task
        self.promptLength = promptLength
        self.isTruncated = isTruncated
        self.spans = spans
    }

    /// The number of its vectors.
    package var vectorCount: Int { spans?.count ?? 1 }
}
