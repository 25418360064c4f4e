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
        var metadata: Logger.Metadata = [
            "method": "\(request.method)",
            "route": "\(context.route)",
            "status": "\(response.status.code)",
            "milliseconds": "\(((ContinuousClock.now - start) / .microseconds(1)).rounded() / 1000)",
        ]
        let truncatedInputs = context.facts.truncatedInputs
        if truncatedInputs > 0 { metadata["truncated_inputs"] = "\(truncatedInputs)" }
        // What went well is flow; what went wrong, or was cut, someone may look for.
        let isFlow = response.status.kind == .successful && truncatedInputs == 0
        context.logger.log(level: isFlow ? .debug : .info, "answered", metadata: metadata)
        return response
    }
}
