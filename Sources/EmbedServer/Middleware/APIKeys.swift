// SPDX-License-Identifier: Apache-2.0

import Crypto
import HTTPTypes
import Hummingbird

/// Lets only requests with a known key through, before anything of their body is read.
///
/// A key may come as `Authorization: Bearer`, `X-API-Key` or `api-key`. Only digests are kept and compared, each in
/// constant time, and always all of them.
struct APIKeys: RouterMiddleware {
    private let digests: [SHA256Digest]

    /// - Parameter keys: without any, every request passes.
    init(_ keys: [String]) {
        digests = keys.map { SHA256.hash(data: Array($0.utf8)) }
    }

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        guard !digests.isEmpty else { return try await next(request, context) }
        let candidates = Self.candidates(request.headers)
        guard !candidates.isEmpty else { throw RequestFailure.missingKey }
        guard candidates.count(where: isKnown) > 0 else { throw RequestFailure.wrongKey }
        return try await next(request, context)
    }

    private static func candidates(_ header: HTTPFields) -> [String] {
        let bearers = header[values: .authorization].compactMap { value -> String? in
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return String(parts[1].drop { $0 == " " })
        }
        return bearers + header[values: .xAPIKey] + header[values: .apiKey]
    }

    private func isKnown(_ candidate: String) -> Bool {
        let digest = SHA256.hash(data: Array(candidate.utf8))
        // swift-crypto compares digests in constant time.
        return digests.count { $0 == digest } > 0
    }
}
