// SPDX-License-Identifier: Apache-2.0

/// The address of an image, in the one form that is read: `http` or `https`, a host, a port, a path.
///
/// Strict on purpose: whatever two parsers could take for two hosts (user names, backslashes, numbers that stand for an
/// IPv4 address, letters beyond ASCII) is refused, so that what was checked is what is asked.
struct ImageURL: Equatable, Sendable {
    let isSecure: Bool
    /// In lower case; an IPv6 address without its brackets.
    let host: String
    let port: Int
    /// Path and query.
    let target: String

    /// Longer addresses are refused.
    private static let maxByteCount = 2048

    /// - Returns: `nil` for every other form.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maxByteCount, text.utf8.allSatisfy(Self.isPlain),
            let separator = text.firstIndex(of: ":")
        else { return nil }
        switch text[..<separator].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = text[separator...]
        guard rest.hasPrefix("://") else { return nil }
        let afterScheme = rest.dropFirst(3)
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        let target = afterScheme[authority.endIndex...].prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// The address again, for the HTTP library, which gets nothing that it could read otherwise.
    var text: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shownHost):\(port)\(target)"
    }

    /// The port that addresses without one mean.
    var hasUsualPort: Bool { port == (isSecure ? 443 : 80) }

    /// What stands between the scheme and the path; `nil` when it is more than a host and a port.
    static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
        var hostText = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            hostText = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            portText = rest.isEmpty ? nil : rest.dropFirst()
            guard case .v6? = NetworkAddress(String(hostText)) else { return nil }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                hostText = authority[..<colon]
                portText = authority[authority.index(after: colon)...]
            }
            guard isHostName(hostText) else { return nil }
        }
        guard let portText else { return (hostText.lowercased(), nil) }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText), 1...65_535 ~= port
        else { return nil }
        return (hostText.lowercased(), port)
    }

    /// Whether `text` is a host's name, or an IPv4 address in its usual form.
    private static func isHostName(_ text: Substring) -> Bool {
        guard 1...253 ~= text.utf8.count else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel), let last = labels.last else { return false }
        // Resolvers take "127.1", "2130706433", "0177.0.0.1" and "0x7f.0.0.1" for addresses.
        guard last.utf8.first.map({ (0x30...0x39).contains($0) }) == true else { return true }
        guard case .v4? = NetworkAddress(String(text)) else { return false }
        return labels.allSatisfy { $0 == "0" || !$0.hasPrefix("0") }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        1...63 ~= label.utf8.count && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Printable ASCII that RFC 3986 lets stand in an address.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#""<>\^`{|}"#.utf8.contains(byte)
    }
}
