// SPDX-License-Identifier: Apache-2.0

import Hummingbird

extension RequestScope {
    /// What ``route`` is on paths that nobody serves.
    static let unknownRoute = "unknown"

    /// The path as the route has it, for logs and metrics: a client's spelling may hold anything.
    var route: String {
        // Hummingbird's word for a path it doesn't know.
        guard let path = endpointPath, path != "NotFound" else { return Self.unknownRoute }
        return path
    }
}
