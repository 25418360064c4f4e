// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird
import Logging

/// Why a request gets no vectors: everything HTTP adds to ``ServiceError``.
///
/// Dialects word it; only `ServiceError+HTTP.swift` gives it a status.
enum RequestFailure: Error, Equatable, Sendable {
    // The connection.
    case malformedRequest(reason: String)
    case headerTooLarge(ConnectionFacts)
    case headerTimeout
    case bodyTimeout

    // The route and the key.
    case unknownRoute
    case wrongMethod(allowed: [String])
    case missingKey
    case wrongKey

    // The body.
    case contentType(found: String)
    case contentEncoding(found: String)
    case transferEncoding(found: String)
    case bodyTooLarge(limit: Int)
    /// All bodies together take too much memory now.
    case bodyBudgetSpent
    case emptyBody
    case tooManyValues(limit: Int)
    case invalidJSON(JSONError)
    case invalidFields([FieldFault])

    /// What a dialect refuses by a rule of its own, in its own words.
    case refused(String)
    /// Something the model can't do.
    case unsupported(String)
    /// The models are still being loaded for the first time, or the server is stopping.
    case notReady
    /// Nothing can be told of the model in memory, for there is none.
    case noModelLoaded

    case service(ServiceError)
    /// A mistake of ours; the reason is in the log.
    case unexpected

    /// What ended the handling of a request; a mistake of ours goes to `logger`, because clients get no more than
    /// ``unexpected``.
    init(_ error: any Error, logger: Logger) {
        switch error {
        case let failure as RequestFailure: self = failure
        case let error as ServiceError: self = .service(error)
        case is CancellationError: self = .service(.cancelled)
        // Hummingbird's own, for a path it doesn't know.
        case let error as HTTPError where error.status == .notFound: self = .unknownRoute
        default:
            logger.error("a request failed unexpectedly", metadata: ["error": "\(type(of: error))"])
            self = .unexpected
        }
    }

    /// The limits a header was over, for its message.
    struct ConnectionFacts: Equatable, Sendable {
        var headerBytes: Int
        var headerFields: Int
    }
}
