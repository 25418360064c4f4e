// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

/// Everything that can go wrong with a request, once it has been read.
///
/// Dialects word it for their clients; only `ServiceError+HTTP` gives it a status.
package enum ServiceError: Error, Equatable, Sendable {
    /// The request can't be served as it is; the client has to change it.
    case invalid(RequestFault)
    /// No model has this id or alias; `known` are the ids there are.
    case unknownModel(String, known: [String])
    /// There is a list of models that may be served, and this is not one of them.
    case unlistedModel(String)
    /// The model's files can't be read or run. The reason names them and is for the log, not for clients.
    case modelFailed(String, reason: String)
    /// The model alone takes more memory than all models may.
    case modelTooLarge(String, byteCount: Int, limit: Int)
    /// The model is being loaded, and the request was not to wait longer; `retryAfter` is when it should be here.
    case modelLoading(String, retryAfter: Duration)
    /// The queue is full; `retryAfter` is when it should have room.
    case overloaded(retryAfter: Duration)
    /// The server is stopping and takes no new work.
    case shuttingDown
    /// The client left before its turn came.
    case cancelled
    /// The device failed, or gave numbers that are not finite. The reason is in the log under the request's id.
    case deviceFailed
}

/// What is wrong with a request.
package enum RequestFault: Error, Equatable, Sendable {
    /// There is nothing to embed.
    case noInputs
    case tooManyInputs(count: Int, limit: Int)
    /// All inputs together have more tokens than one request may.
    case tooManyTokens(limit: Int)
    /// Input `index` can't be embedded.
    case input(index: Int, InputError)
    /// `dimensions` is not in 1 … the model's dimension.
    case dimensions(found: Int, modelDimension: Int)
    /// The inputs can't be the parts of one document.
    case lateChunking(LateChunkingError)
    /// The model can't read inputs as wanted.
    case reading(ReadingError)
}
