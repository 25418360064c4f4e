// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// Turns errors into a dialect's answers.
struct Failures: RouterMiddleware {
    let wording: any Wording

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let response = Response(RequestFailure(error, logger: context.logger), wording)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }
}
