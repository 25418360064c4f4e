// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedServing

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

    case service(ServiceError)
    /// A mistake of ours; the reason is in the log.
    case unexpected

    /// The limits a header was over, for its message.
    struct ConnectionFacts: Equatable, Sendable {
        var headerBytes: Int
        var headerFields: Int
    }
}
