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
    document["paths"]?.members?.forEach { path, item in
        item.members?.forEach { method, operation in
            // An empty list of ways to identify oneself: nobody has to.
            documented["\(method.uppercased()) \(path)"] = operation["security"]?.elements?.count == 0
        }
    }
    let all = Set(served.keys).union(documented.keys)
    return all.sorted().compactMap { route in
        switch (served[route], documented[route]) {
        case (nil, _): "\(route) is documented but not served"
        case (_, nil): "\(route) is served but not documented"
        case (true, false): "\(route) is open but documented as needing a key"
        case (false, true): "\(route) needs a key but is documented as open"
        case (true, true), (false, false): nil
        }
    }
}
