// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import HTTPTypes
import Hummingbird
import Logging

/// Turns errors into a dialect's answers.
struct Failures: RouterMiddleware {
    /// The dialect's words.
    let body: @Sendable (RequestFailure) -> [UInt8]

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let response = Response(Self.failure(error, context.logger), body: body)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private static func failure(_ error: any Error, _ logger: Logger) -> RequestFailure {
        switch error {
        case let failure as RequestFailure: return failure
        case let error as ServiceError: return .service(error)
        case is CancellationError: return .service(.cancelled)
        // Hummingbird's own, for a path it doesn't know.
        case let error as HTTPError where error.status == .notFound: return .unknownRoute
        default:
            logger.error("a request failed unexpectedly", metadata: ["error": "\(type(of: error))"])
            return .unexpected
        }
    }
}
