// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an id: the client's own `x-request-id` where it is decent, else one of ours.
///
/// The id goes back in the answer and stands in every log line of the request.
struct RequestIDs: RouterMiddleware {
    private static let longest = 128

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        var scope = context
        scope.requestID = request.headers[.requestID].flatMap(Self.accepted) ?? context.id
        scope.logger[metadataKey: "hb.request.id"] = nil
        scope.logger[metadataKey: "request_id"] = "\(scope.requestID)"
        var response = try await next(request, scope)
        response.headers[.requestID] = scope.requestID
        return response
    }

    /// `id` if it is short and of characters that hurt no log.
    private static func accepted(_ id: String) -> String? {
        let isDecent = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "+"):
                true
            default: false
            }
        }
        return isDecent && !id.isEmpty && id.utf8.count <= longest ? id : nil
    }
}
