// SPDX-License-Identifier: Apache-2.0

/// Bounds on requests, batches and the queue.
package struct ServingLimits: Sendable, Equatable {
    /// Inputs of one request; OpenAI's own limit is 2,048.
    package var maxInputsPerRequest: Int
    /// Tokens of one request, all inputs together; OpenAI's own limit is 300,000.
    package var maxTokensPerRequest: Int
    /// Tokens of one forward pass; a longer single input is a pass of its own.
    package var maxBatchTokens: Int
    /// Inputs of one forward pass.
    package var maxBatchInputs: Int
    /// Tokens that may wait in a model's queue; a request that finds the queue empty is always taken.
    package var maxWaitingTokens: Int
    /// Requests that may wait in a model's queue.
    package var maxWaitingRequests: Int

    package init(
        maxInputsPerRequest: Int = 2048, maxTokensPerRequest: Int = 300_000, maxBatchTokens: Int = 2048,
        maxBatchInputs: Int = 1024, maxWaitingTokens: Int = 1_000_000, maxWaitingRequests: Int = 512
    ) {
        self.maxInputsPerRequest = maxInputsPerRequest
        self.maxTokensPerRequest = maxTokensPerRequest
        self.maxBatchTokens = maxBatchTokens
        self.maxBatchInputs = maxBatchInputs
        self.maxWaitingTokens = maxWaitingTokens
        self.maxWaitingRequests = maxWaitingRequests
    }
}
