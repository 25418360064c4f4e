// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Foundation
import NIOCore
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct DocumentationPagesTests {
    @Test(arguments: [
        ("/docs", "text/html; charset=utf-8"), ("/redoc", "text/html; charset=utf-8"),
        ("/openapi.json", "application/json"), ("/api-doc/openapi.json", "application/json"),
    ])
    func answersWithoutAKey(path: String, type: String) async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let response = try await server.connect().get(path)
            #expect(response.status == 200)
            #expect(response.header["content-type"] == type)
            #expect(response.header["x-content-type-options"] == "nosniff")
            #expect(response.header["cache-control"] == "no-cache")
        }
    }

    @Test(arguments: ["/docs", "/redoc"])
    func letsPagesRunTheirOwnScriptOnly(path: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().get(path)
            let policy = try #require(response.header["content-security-policy"])
            let rules = policy.components(separatedBy: "; ")
            #expect(rules.contains("default-src 'none'"))
            #expect(rules.contains("connect-src 'self'"))
            #expect(rules.contains("frame-ancestors 'none'"))
            for kind in ["script-src", "style-src"] {
                let rule = try #require(rules.first { $0.hasPrefix(kind + " ") })
                // SHA-256 in base64: 43 characters and one of padding.
                #expect(rule.wholeMatch(of: /[a-z-]+ 'sha256-[A-Za-z0-9+\/]{43}='/) != nil)
            }
            #expect(!policy.contains("unsafe"))
            #expect(response.text.components(separatedBy: "<script").count == 2)
            #expect(response.text.components(separatedBy: "<style").count == 2)
            #expect(!response.text.contains("innerHTML"))
        }
    }

    @Test(arguments: [("/docs", "try"), ("/redoc", "read")])
    func servesOnePageInTwoModes(path: String, mode: String) async throws {
        try await TestServer.run { server in
            let page = try await server.connect().get(path).text
            #expect(page.contains("data-mode=\"\(mode)\""))
            #expect(page.contains("<title>Embedder API</title>"))
            #expect(page.contains("1.2.3"))
            #expect(page.contains("<noscript>"))
        }
    }

    @Test(arguments: ["/docs", "/redoc", "/openapi.json"])
    func needsNothingFromElsewhere(path: String) async throws {
        try await TestServer.run { server in
            let text = try await server.connect().get(path).text
            for other in ["http://", "https://", "src=\"", "@import", "{{"] {
                #expect(!text.contains(other), "\(other)")
            }
        }
    }

    @Test func servesTheSameDocumentOnBothPaths() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let first = try await client.get("/openapi.json")
            let second = try await client.get("/api-doc/openapi.json")
            #expect(first.body == second.body)
        }
    }

    @Test func saysTheProgramsVersion() async throws {
        try await TestServer.run { server in
            let body = try await server.connect().get("/openapi.json").body
            let document = try JSONDocument(parsing: body).root
            #expect(document["openapi"]?.string == "3.1.0")
            #expect(document["info"]?["version"]?.string == "1.2.3")
            #expect(document["info"]?["title"]?.string == "Embedder API")
        }
    }

    @Test func asksForNothingTwice() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let tag = try #require(try await client.get("/docs").header["etag"])
            let again = try await client.get("/docs", header: "if-none-match: \"other\", \(tag)\r\n")
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.header["etag"] == tag)
            #expect(try await client.get("/docs", header: "if-none-match: \"other\"\r\n").status == 200)
            #expect(try await client.get("/redoc", header: "if-none-match: \(tag)\r\n").status == 200)
        }
    }

    @Test func keepsTitlesFromBecomingMarkup() throws {
        let pages = DocumentationPages(version: #"1"2"#, title: #"A & <b>"B"\"#)
        let page = String(buffer: try #require(pages.pages).docs.body)
        #expect(page.contains(#"<title>A &amp; &lt;b&gt;"B"\</title>"#))
        let document = try JSONDocument(parsing: Array(buffer: pages.document.body)).root
        #expect(document["info"]?["title"]?.string == #"A & <b>"B"\"#)
        #expect(document["info"]?["version"]?.string == #"1"2"#)
    }

    @Test func servesTheDocumentWithoutThePages() {
        let pages = DocumentationPages(version: "1", servesPages: false)
        #expect(pages.routes.map { "\($0.path)" } == ["/openapi.json", "/api-doc/openapi.json"])
    }

    @Test func documentsExactlyTheServersRoutes() throws {
        let routes = routeGroups(
            service: FakeService(), configuration: ServerConfiguration(), metrics: ServerMetrics(version: "1")
        ).flatMap(\.routes)
        let bytes = Array(buffer: DocumentationPages(version: "1").document.body)
        let document = try JSONDocument(parsing: bytes).root
        #expect(differences(between: routes, and: document) == [])
    }

    @Test func findsDifferencesOfRoutes() throws {
        let routes = DocumentationPages(version: "1").routes
        let json = """
            {"paths": {
                "/docs": {"get": {"security": []}}, "/redoc": {"get": {}}, "/openapi.json": {"post": {"security": []}}
            }}
            """
        let document = try JSONDocument(parsing: Array(json.utf8)).root
        #expect(
            differences(between: routes, and: document) == [
                "GET /api-doc/openapi.json is served but not documented",
                "GET /openapi.json is served but not documented",
                "GET /redoc is open but documented as needing a key",
                "POST /openapi.json is documented but not served",
            ])
    }
}
