// SPDX-License-Identifier: Apache-2.0

/// What the server talks to: requests in, vectors out, and what there is to know about the models.
package protocol EmbeddingService: Sendable {
    /// Computes the vectors of a request.
    ///
    /// Cancelling the calling task drops the inputs that still wait.
    /// - Throws: ``ServiceError``, nothing else.
    func embed(_ request: EmbeddingRequest) async throws -> EmbeddingResponse

    /// The models, in the order given at the start.
    var models: [ModelStatus] { get async }

    /// Every model has computed its first vector, and the service is not draining.
    var isReady: Bool { get async }

    /// The service finishes what it has and takes nothing new.
    var isDraining: Bool { get async }
}
