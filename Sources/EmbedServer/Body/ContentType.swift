// SPDX-License-Identifier: Apache-2.0

/// The value of a `Content-Type` field, as far as it matters here.
struct ContentType: Sendable, Equatable {
    /// Type and subtype in lower case, such as "application/json".
    let mediaType: String
    /// In lower case, without quotes.
    let charset: String?

    init(_ text: String) {
        let parts = text.lowercased().split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        mediaType = parts.first.map(String.init) ?? ""
        let parameter = parts.dropFirst().first { $0.hasPrefix("charset=") }
        charset = parameter.map { String($0.dropFirst("charset=".count).filter { $0 != "\"" }) }
    }

    /// JSON, in the only encoding JSON has.
    var isJSON: Bool {
        guard charset == nil || charset == "utf-8" || charset == "utf8" else { return false }
        return mediaType == "application/json" || mediaType == "text/json"
            || (mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json"))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isSpace)
        guard let end = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return start[...end]
    }
}
