// SPDX-License-Identifier: Apache-2.0

import Crypto
import EmbedJSON
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that is the same for every request: made once, and not sent again to who has it.
struct FixedAnswer: Sendable {
    let body: ByteBuffer
    private let headers: HTTPFields
    private let tag: String

    /// - Parameters:
    ///   - type: of the content.
    ///   - bytes: the body.
    ///   - contentSecurityPolicy: of a page.
    init(type: String, bytes: [UInt8], contentSecurityPolicy: String? = nil) {
        let digest = Array(SHA256.hash(data: bytes).prefix(12))
        tag = "\"\(Base64.text(of: digest.span.bytes))\""
        var headers: HTTPFields = [
            .contentType: type,
            // May be kept but is asked for again, so that a new program is never shown with an old page.
            .cacheControl: "no-cache",
            .eTag: tag,
            .xContentTypeOptions: "nosniff",
        ]
        headers[.contentSecurityPolicy] = contentSecurityPolicy
        self.headers = headers
        body = ByteBuffer(bytes: bytes)
    }

    /// The answer at `path`, for everyone.
    func route(_ path: RouterPath) -> Route {
        Route(.get, path, access: .everyone) { request, _ in
            // Its quotes keep a tag from being part of another one, so a list of them needs no parsing.
            guard request.headers[.ifNoneMatch]?.contains(tag) != true else {
                return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }
}
