// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// Tells browsers which web pages may call (https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// Answers preflights itself, on every path. Credentials are never allowed: keys come in headers, and there are no
/// cookies.
struct CrossOrigin: RouterMiddleware {
    private static let methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    private static let exposedHeaders = "x-request-id, x-truncated-inputs, retry-after, retry-after-ms"
    /// Seconds for which a browser may keep the answer to a preflight.
    private static let preflightAge = "600"

    private let origins: Set<String>
    private var allowsAny: Bool { origins.contains("*") }

    /// - Parameter origins: such as "https://app.example"; "*" is any, without one no other site's page may call.
    init(origins: [String]) {
        self.origins = Set(origins)
    }

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty, let origin = request.headers[.origin] else { return try await next(request, context) }
        let isAllowed = allowsAny || origins.contains(origin)
        if request.method == .options, request.headers.contains(.accessControlRequestMethod) {
            return preflight(request, origin: isAllowed ? origin : nil)
        }
        var response = try await next(request, context)
        if isAllowed {
            response.headers[.accessControlAllowOrigin] = allowsAny ? "*" : origin
            response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
        }
        if !allowsAny { response.headers[.vary] = "Origin" }
        return response
    }

    private func preflight(_ request: Request, origin: String?) -> Response {
        guard let origin else { return Response(status: .forbidden) }
        var headers = HTTPFields()
        headers[.accessControlAllowOrigin] = allowsAny ? "*" : origin
        headers[.accessControlAllowMethods] = Self.methods
        headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders]
        headers[.accessControlMaxAge] = Self.preflightAge
        headers[.vary] = "Origin"
        return Response(status: .ok, headers: headers)
    }
}
