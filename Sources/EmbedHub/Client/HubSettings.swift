// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// How the Hub is reached.
package struct HubSettings: Sendable {
    /// Where the Hub is; never ends in a slash.
    package let endpoint: String
    /// Scheme, host and port of ``endpoint``: the only ones that see the token.
    let origin: Origin
    /// Sent to ``endpoint`` and nowhere else.
    package var token: String?
    /// Sends nothing at all.
    package var isOffline = false
    /// How long a server may be silent that is asked what there is.
    package var listingTimeout = Duration.seconds(10)
    /// How long a server may be silent that sends a file.
    package var timeout = Duration.seconds(10)
    /// How long the whole of an answer that is no file may take.
    package var answerTimeout = Duration.seconds(60)
    /// A file that comes slower than ``minimumRate`` for so long is asked for again.
    package var stallTime = Duration.seconds(30)
    /// Bytes a second.
    package var minimumRate = 1024
    package var proxies = Proxies()
    /// File with the certificates that are trusted instead of the system's.
    package var certificates: String?
    package var retries = RetryPolicy()
    /// Files of one model that are fetched at the same time.
    package var maxParallelFiles = 4

    package static let usualEndpoint = "https://huggingface.co"

    /// - Throws: ``HubError/badSetting(name:reason:)`` when `endpoint` is no address of a server.
    package init(endpoint: String = usualEndpoint) throws(HubError) {
        let trimmed = endpoint.reversed().drop { $0 == "/" }.reversed()
        self.endpoint = String(trimmed)
        guard let url = URL(string: self.endpoint), let origin = Origin(url), url.query() == nil else {
            throw .badSetting(
                name: "HF_ENDPOINT", reason: "is \"\(endpoint)\"; expected an address such as \(Self.usualEndpoint)")
        }
        self.origin = origin
    }
}

/// A server: what a token may be sent to.
struct Origin: Hashable, Sendable {
    let scheme: String
    let host: String
    let port: Int

    /// `nil` for what is no address of an HTTP server, and for addresses with a user's name in them.
    init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), let host = url.host()?.lowercased(), !host.isEmpty,
            url.user() == nil, url.password() == nil
        else { return nil }
        switch scheme {
        case "https": port = url.port ?? 443
        case "http": port = url.port ?? 80
        default: return nil
        }
        self.scheme = scheme
        self.host = host
    }
}
