// SPDX-License-Identifier: Apache-2.0

/// Bounds on requests, batches and the queue.
package struct ServingLimits: Sendable, Equatable {
    /// Inputs of one request; OpenAI's own limit is 2,048.
    package var maxInputsPerRequest: Int
    /// Images among the inputs of one request.
    package var maxImagesPerRequest: Int
    /// Tokens of one request, all inputs together; OpenAI's own limit is 300,000.
    package var maxTokensPerRequest: Int
    /// Tokens of one forward pass; a longer single input is a pass of its own.
    package var maxBatchTokens: Int
    /// Inputs of one forward pass.
    package var maxBatchInputs: Int
    /// Tokens that may wait in a model's queue; a request that finds the queue empty is always taken.
    package var maxWaitingTokens: Int
    /// Requests that may wait in a model's queue, and images that may wait to be read.
    package var maxWaitingRequests: Int
    /// Pixels of all images that are being read at the same time; a single one may have more.
    package var maxPixelsInMemory: Int
    /// Images that are being read at the same time.
    package var maxImagesInMemory: Int
    /// Bytes of all images that were read, as models take them, until their vectors are computed; a request alone may have
    /// more.
    package var maxWaitingImageBytes: Int

    package init(
        maxInputsPerRequest: Int = 2048, maxImagesPerRequest: Int = 20, maxTokensPerRequest: Int = 300_000,
        maxBatchTokens: Int = 2048, maxBatchInputs: Int = 1024, maxWaitingTokens: Int = 1_000_000,
        maxWaitingRequests: Int = 512, maxPixelsInMemory: Int = 40_000_000, maxImagesInMemory: Int = 4,
        maxWaitingImageBytes: Int = 256 << 20
    ) {
        self.maxInputsPerRequest = maxInputsPerRequest
        self.maxImagesPerRequest = maxImagesPerRequest
        self.maxTokensPerRequest = maxTokensPerRequest
        self.maxBatchTokens = maxBatchTokens
        self.maxBatchInputs = maxBatchInputs
        self.maxWaitingTokens = maxWaitingTokens
        self.maxWaitingRequests = maxWaitingRequests
        self.maxPixelsInMemory = maxPixelsInMemory
        self.maxImagesInMemory = maxImagesInMemory
        self.maxWaitingImageBytes = maxWaitingImageBytes
    }
}
