// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import HTTPTypes

extension ServiceError {
    /// The status that answers this error.
    var status: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        // The status S1 and S2 promise; OpenAI itself says 404. SDKs treat both as the caller's mistake.
        case .unknownModel, .unlistedModel: .badRequest
        case .modelFailed, .modelTooLarge: .internalServerError
        case .modelLoading: .serviceUnavailable
        case .overloaded: .tooManyRequests
        case .shuttingDown: .serviceUnavailable
        case .cancelled: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
        case .deviceFailed: .internalServerError
        }
    }

    /// When the same request may succeed, if waiting helps.
    var retryAfter: Duration? {
        switch self {
        case .overloaded(let duration), .modelLoading(_, let duration): duration
        case .shuttingDown: .seconds(1)
        case .invalid, .unknownModel, .unlistedModel, .modelFailed, .modelTooLarge, .cancelled, .deviceFailed:
            nil
        }
    }
}

extension RequestFailure {
    /// The status that answers this failure.
    var status: HTTPResponse.Status {
        switch self {
        case .malformedRequest: .badRequest
        case .headerTooLarge: .requestHeaderFieldsTooLarge
        case .headerTimeout, .bodyTimeout: .requestTimeout
        case .unknownRoute: .notFound
        case .wrongMethod: .methodNotAllowed
        case .missingKey, .wrongKey: .unauthorized
        case .contentType, .contentEncoding: .unsupportedMediaType
        case .transferEncoding: .badRequest
        case .bodyTooLarge: .contentTooLarge
        case .bodyBudgetSpent: .tooManyRequests
        case .emptyBody, .tooManyValues, .invalidJSON: .badRequest
        case .invalidFields: .unprocessableContent
        case .refused: .badRequest
        case .unsupported: .notImplemented
        case .notReady, .noModelLoaded: .serviceUnavailable
        case .service(let error): error.status
        case .unexpected: .internalServerError
        }
    }

    /// Header fields of the answer beside those of its body.
    var headerFields: HTTPFields {
        var fields = HTTPFields()
        switch self {
        case .wrongMethod(let allowed): fields[.allow] = allowed.joined(separator: ", ")
        case .missingKey, .wrongKey: fields[.wwwAuthenticate] = "Bearer"
        case .bodyBudgetSpent, .notReady: fields.setRetryAfter(.seconds(1))
        case .service(let error):
            if let duration = error.retryAfter { fields.setRetryAfter(duration) }
        case .malformedRequest, .headerTooLarge, .headerTimeout, .bodyTimeout, .unknownRoute,
            .contentType, .contentEncoding, .transferEncoding, .bodyTooLarge, .emptyBody, .tooManyValues, .invalidJSON,
            .invalidFields, .refused, .unsupported, .noModelLoaded, .unexpected:
            break
        }
        return fields
    }
}

extension HTTPFields {
    /// Sets `Retry-After` in whole seconds, rounded up, and `retry-after-ms`.
    mutating func setRetryAfter(_ duration: Duration) {
        let milliseconds = Swift.max(1, Int((duration / .milliseconds(1)).rounded(.up)))
        self[.retryAfter] = "\((milliseconds + 999) / 1000)"
        self[.retryAfterMilliseconds] = "\(milliseconds)"
    }
}
