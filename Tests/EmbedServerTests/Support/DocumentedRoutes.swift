// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

@testable import EmbedServer

/// Where an OpenAPI document and a server's routes disagree: routes that only one of them has, and who may call.
///
/// - Parameters:
///   - routes: of the server.
///   - document: the root of its OpenAPI document.
/// - Returns: One sentence a difference, sorted; none when they agree.
func differences(between routes: [Route], and document: JSONValue) -> [String] {
    let served = Dictionary(
        routes.map { ("\($0.method) \($0.path)", $0.access == .everyone) }, uniquingKeysWith: { $0 || $1 })
    var documented: [String: Bool] = [:]
    for (path, item) in members(document["paths"]) {
        for (method, operation) in members(item) {
            // An empty list of ways to identify oneself: nobody has to.
            documented["\(method.uppercased()) \(path)"] = operation["security"]?.elements?.count == 0
        }
    }
    return Set(served.keys).union(documented.keys).sorted().compactMap { route in
        guard let isOpen = served[route] else { return "\(route) is documented but not served" }
        guard let isSaidToBeOpen = documented[route] else { return "\(route) is served but not documented" }
        guard isOpen != isSaidToBeOpen else { return nil }
        return isOpen
            ? "\(route) is open but documented as needing a key" : "\(route) needs a key but is documented as open"
    }
}

private func members(_ value: JSONValue?) -> [(key: String, value: JSONValue)] {
    guard let members = value?.members else { return [] }
    return Array(members)
}
