// SPDX-License-Identifier: Apache-2.0

import CWebAssets
import Crypto
import EmbedJSON
import Hummingbird

/// The OpenAPI document and the pages that show it: `/docs` to try routes, `/redoc` to read about them.
///
/// All of it is inside the program, so the pages work without a network, and they may run only the one script they came
/// with. Never with a key.
struct DocumentationPages: Sendable {
    let document: FixedAnswer
    /// `nil` where only the document is served.
    let pages: (docs: FixedAnswer, redoc: FixedAnswer)?

    /// - Parameters:
    ///   - version: of the program.
    ///   - title: of the document and the pages.
    ///   - servesPages: false leaves only the document.
    init(version: String, title: String = "Embedder API", servesPages: Bool = true) {
        document = Self.document(version: version, title: title)
        pages =
            servesPages
            ? (
                Self.page(mode: "try", version: version, title: title),
                Self.page(mode: "read", version: version, title: title)
            ) : nil
    }

    var routes: [Route] {
        let documents = [
            document.route("/openapi.json"),
            // Where text-embeddings-inference has it.
            document.route("/api-doc/openapi.json"),
        ]
        guard let pages else { return documents }
        return [pages.docs.route("/docs"), pages.redoc.route("/redoc")] + documents
    }

    private static func document(version: String, title: String) -> FixedAnswer {
        let bytes = fill(
            Array(embed_web_asset_openapi()),
            ["title": insideJSONString(title), "version": insideJSONString(version)])
        return FixedAnswer(type: "application/json", bytes: bytes)
    }

    private static func page(mode: String, version: String, title: String) -> FixedAnswer {
        let style = Array(embed_web_asset_style())
        let script = Array(embed_web_asset_script())
        let bytes = fill(
            Array(embed_web_asset_page()),
            [
                "mode": Array(mode.utf8), "title": asHTMLText(title), "version": asHTMLText(version),
                "style": style, "script": script,
            ])
        let policy = [
            "default-src 'none'", "script-src \(source(script))", "style-src \(source(style))",
            // The empty icon, which keeps browsers from asking for another one.
            "img-src data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
        return FixedAnswer(
            type: "text/html; charset=utf-8", bytes: bytes, contentSecurityPolicy: policy.joined(separator: "; "))
    }

    /// How a policy names an inline style or script: by its digest, so that no other one runs.
    private static func source(_ bytes: [UInt8]) -> String {
        let digest = Array(SHA256.hash(data: bytes))
        return "'sha256-\(Base64.text(of: digest.span.bytes))'"
    }

    /// `template` with the value of `name` for each `{{name}}`; what has no value stays.
    private static func fill(_ template: [UInt8], _ values: [String: [UInt8]]) -> [UInt8] {
        var filled: [UInt8] = []
        var rest = template[...]
        while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
            let name = rest[brace...].dropFirst(2).prefix { $0 != UInt8(ascii: "}") }
            let isPlace = rest[brace...].starts(with: "{{".utf8) && rest[name.endIndex...].starts(with: "}}".utf8)
            if isPlace, let value = values[String(decoding: name, as: UTF8.self)] {
                filled += rest[..<brace] + value
                rest = rest[name.endIndex...].dropFirst(2)
            } else {
                filled += rest[...brace]
                rest = rest[brace...].dropFirst()
            }
        }
        return filled + rest
    }

    private static func insideJSONString(_ text: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(text)
        return Array(json.bytes.dropFirst().dropLast())
    }

    private static func asHTMLText(_ text: String) -> [UInt8] {
        text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            default: [byte]
            }
        }
    }
}

extension [UInt8] {
    /// A copy of a file that is part of the program.
    fileprivate init(_ asset: embed_web_asset) {
        self.init(UnsafeBufferPointer(start: asset.bytes, count: asset.byteCount))
    }
}
