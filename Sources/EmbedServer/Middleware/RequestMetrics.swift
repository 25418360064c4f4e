// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import HTTPTypes
import Hummingbird

/// Counts each request and its time; never with a client's own words.
struct RequestMetrics: RouterMiddleware {
    private let families: RequestFamilies

    init(_ families: RequestFamilies) {
        self.families = families
    }

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        families.inFlight.add(1)
        defer { families.inFlight.add(-1) }
        let response = try await next(request, context)
        families.didAnswer(
            RequestLabels(
                model: context.facts.model ?? "", route: context.route, method: RequestLabels.Method(request.method),
                status: response.status.code),
            in: .now - start)
        return response
    }
}
