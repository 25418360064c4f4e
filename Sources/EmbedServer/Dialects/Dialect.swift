// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// A way to speak with the server: the routes and wire types of one API.
///
/// A dialect turns requests into ``EmbeddingRequest`` and answers into its own JSON. It picks no status, checks no limit
/// that others have too, and counts nothing: that happens once, below.
protocol Dialect: Sendable {
    /// For logs and documentation.
    var name: String { get }
    var routes: [Route] { get }
    var wording: any Wording { get }
}

/// How an API tells its clients what went wrong.
protocol Wording: Sendable {
    /// What `failure` is to this API, where it draws the line between kinds of failures elsewhere.
    func reading(_ failure: RequestFailure) -> RequestFailure

    /// The JSON that tells of `failure`.
    func body(of failure: RequestFailure) -> [UInt8]
}

extension Wording {
    func reading(_ failure: RequestFailure) -> RequestFailure { failure }
}

/// A path with a method, and what answers there.
struct Route: Sendable {
    /// Who may call.
    enum Access: Sendable {
        case everyone
        /// Those with a key, when keys are configured.
        case keyHolders
    }

    typealias Handler = @Sendable (Request, RequestScope) async throws -> Response

    let method: HTTPRequest.Method
    let path: RouterPath
    let access: Access
    let handler: Handler

    init(
        _ method: HTTPRequest.Method, _ path: RouterPath, access: Access = .keyHolders, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handler = handler
    }
}
