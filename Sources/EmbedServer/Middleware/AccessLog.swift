// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging

/// Writes one line for each request: never a header, a query or anything of a body.
struct AccessLog: RouterMiddleware {
    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        context.logger.log(
            level: Self.level(response.status),
            "answered",
            metadata: [
                "method": "\(request.method)",
                "route": "\(context.route)",
                "status": "\(response.status.code)",
                "milliseconds": "\(((ContinuousClock.now - start) / .microseconds(1)).rounded() / 1000)",
            ])
        return response
    }

    /// What went well is flow; what went wrong someone may look for.
    private static func level(_ status: HTTPResponse.Status) -> Logger.Level {
        status.kind == .successful ? .debug : .info
    }
}
