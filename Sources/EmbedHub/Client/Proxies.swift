// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import FoundationEssentials

/// The proxies between this machine and the Hub, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name them.
package struct Proxies: Sendable, Equatable {
    private var https: HTTPClient.Configuration.Proxy?
    private var http: HTTPClient.Configuration.Proxy?
    private var exceptions: [String] = []

    package init() {}

    /// - Parameters:
    ///   - https: proxy for https addresses, such as `http://user:password@proxy:3128` or `socks5://proxy`.
    ///   - http: proxy for http addresses.
    ///   - exceptions: hosts reached without one, separated by commas; `example.com` stands for its subdomains too, `*`
    ///     for all.
    /// - Throws: ``HubError/badSetting(name:reason:)``, which doesn't show the value: there may be a password in it.
    package init(https: String?, http: String?, exceptions: String?) throws(HubError) {
        self.https = try https.map { text throws(HubError) in try Self.proxy(text, name: "HTTPS_PROXY") }
        self.http = try http.map { text throws(HubError) in try Self.proxy(text, name: "HTTP_PROXY") }
        self.exceptions = (exceptions ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
    }

    /// The proxy to `origin`, or `nil` when it is reached directly.
    func proxy(to origin: Origin) -> HTTPClient.Configuration.Proxy? {
        exceptions.contains { Self.matches($0, origin) } ? nil : origin.scheme == "https" ? https : http
    }

    private static func matches(_ exception: String, _ origin: Origin) -> Bool {
        if exception == "*" { return true }
        var pattern = Substring(exception)
        if let colon = pattern.lastIndex(of: ":"), let port = Int(pattern[pattern.index(after: colon)...]),
            !pattern[..<colon].contains(":")
        {
            guard port == origin.port else { return false }
            pattern = pattern[..<colon]
        }
        while pattern.first == "." || pattern.first == "*" { pattern.removeFirst() }
        return !pattern.isEmpty && (origin.host == pattern || origin.host.hasSuffix(".\(pattern)"))
    }

    private static func proxy(_ text: String, name: String) throws(HubError) -> HTTPClient.Configuration.Proxy {
        let complete = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: complete), let host = url.host(), !host.isEmpty else {
            throw .badSetting(name: name, reason: "is no address of a proxy, such as http://proxy:3128")
        }
        switch url.scheme?.lowercased() {
        case "http":
            let user = url.user(percentEncoded: false)
            let authorization = user.map {
                HTTPClient.Authorization.basic(username: $0, password: url.password(percentEncoded: false) ?? "")
            }
            return .server(host: host, port: url.port ?? 80, authorization: authorization)
        case "socks5", "socks5h":
            return .socksServer(host: host, port: url.port ?? 1080)
        default:
            throw .badSetting(name: name, reason: "names a proxy that is spoken to by neither http nor socks5")
        }
    }
}
