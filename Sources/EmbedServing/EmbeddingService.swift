// SPDX-License-Identifier: Apache-2.0

/// What the server talks to: requests in, vectors out, and what there is to know about the models.
///
/// A request for a model that is not in memory waits while it is loaded.
package protocol EmbeddingService: Sendable {
    /// Computes the vectors of a request.
    ///
    /// Cancelling the calling task drops the inputs that still wait.
    /// - Throws: ``ServiceError``, nothing else.
    func embed(_ request: EmbeddingRequest) async throws -> EmbeddingResponse

    /// The tokens of each text.
    ///
    /// - Throws: ``ServiceError``, nothing else.
    func tokenize(_ request: TokenizeRequest) async throws -> TokenizeResponse

    /// Loads the model with this id or alias, unless it is loaded; `keepAlive` is how long it stays unused, `nil` what the
    /// server has set.
    ///
    /// - Throws: ``ServiceError``, nothing else.
    func load(_ name: String, keepAlive: KeepAlive?) async throws -> ModelStatus

    /// Frees the memory of the model with this id or alias, or of all models, once what it has begun is done.
    ///
    /// A model that isn't loaded is no error; the next request loads it again.
    /// - Throws: ``ServiceError/unknownModel(_:known:)``.
    func unload(_ name: String?) async throws

    /// The models that requests may name, in the order given at the start; then those found on demand.
    var models: [ModelStatus] { get async }

    /// The models to be loaded at the start have computed their first vectors, and the service is not draining.
    var isReady: Bool { get async }

    /// The service finishes what it has and takes nothing new.
    var isDraining: Bool { get async }
}
