// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOHTTP1

extension Router where Context == RequestScope {
    /// Adds `routes`, and an answer of 405 on their paths for every other method.
    ///
    /// - Parameters:
    ///   - routes: of one dialect; GET answers HEAD too.
    ///   - keys: asked where a route isn't open to everyone.
    ///   - wording: tells of failures.
    func add(_ routes: [Route], keys: APIKeys, wording: any Wording) {
        let open = group()
        open.add(middleware: Failures(wording: wording))
        let keyed = group()
        keyed.add(middleware: Failures(wording: wording))
        keyed.add(middleware: keys)

        for route in routes {
            switch route.access {
            case .everyone: open.on(route.path, method: route.method, use: route.handler)
            case .keyHolders: keyed.on(route.path, method: route.method, use: route.handler)
            }
        }
        let methods = Dictionary(grouping: routes, by: { $0.path.description }).mapValues { $0.map(\.method) }
        for (path, methods) in methods {
            let allowed = methods + (methods.contains(.get) && !methods.contains(.head) ? [.head] : [])
            let names = allowed.map(\.rawValue).sorted()
            for method in HTTPRequest.Method.parsed where !allowed.contains(method) {
                open.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw RequestFailure.wrongMethod(allowed: names)
                }
            }
        }
    }
}

extension HTTPRequest.Method {
    /// The methods that NIO's parser knows; others don't reach a route.
    fileprivate static let parsed: [HTTPRequest.Method] = [
        "GET", "PUT", "ACL", "HEAD", "POST", "COPY", "LOCK", "MOVE", "BIND", "LINK", "PATCH", "TRACE", "MKCOL", "MERGE",
        "PURGE", "NOTIFY", "SEARCH", "UNLOCK", "REBIND", "UNBIND", "REPORT", "DELETE", "UNLINK", "CONNECT", "M-SEARCH",
        "OPTIONS", "PROPFIND", "CHECKOUT", "PROPPATCH", "SUBSCRIBE", "MKCALENDAR", "MKACTIVITY", "UNSUBSCRIBE",
        "SOURCE", "MSEARCH", "QUERY",
    ].compactMap(HTTPRequest.Method.init(rawValue:))
}
