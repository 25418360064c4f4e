// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The hosts that images may come from: names, names with `*.` before them for all names below, and addresses; each with a
/// port or for the usual ones.
struct ImageHosts: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        let host: String
        /// Every name below ``host`` too, and not itself.
        let isParent: Bool
        /// `nil` is 80 for http and 443 for https.
        let port: Int?

        func matches(_ url: ImageURL) -> Bool {
            (isParent ? url.host.hasSuffix(".\(host)") : url.host == host) && matchesPort(of: url)
        }

        func matchesPort(of url: ImageURL) -> Bool { port.map { $0 == url.port } ?? url.hasUsualPort }
    }

    private let entries: [Entry]

    /// - Throws: an error that names the entry that is none.
    init(_ names: [String]) throws {
        entries = try names.map { name in
            let isParent = name.hasPrefix("*.")
            var authority = Substring(isParent ? String(name.dropFirst(2)) : name)
            if case .v6? = NetworkAddress(name) { authority = "[\(name)]" }
            guard let (host, port) = ImageURL.hostAndPort(authority), !isParent || NetworkAddress(host) == nil else {
                throw ValidationError(
                    "--image-urls has \"\(name)\"; expected a host, such as images.example.com, *.example.com or "
                        + "192.168.1.5:8000.")
            }
            return Entry(host: host, isParent: isParent, port: port)
        }
    }

    /// Whether images may come from the host and port of `url`.
    func contains(_ url: ImageURL) -> Bool { entries.contains { $0.matches(url) } }

    /// Whether images may come from `address`, where the host of `url` is: every public one, others only by themselves in
    /// the list.
    func allows(_ address: NetworkAddress, for url: ImageURL) -> Bool {
        address.isPublic
            || entries.contains { NetworkAddress($0.host) == address && !$0.isParent && $0.matchesPort(of: url) }
    }
}
