// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct CrossOriginTests {
    private static let origin = "origin: https://app.example\r\n"

    @Test(arguments: ["/health", "/v1/models", "/nowhere"])
    func letsEveryPageReadByDefault(path: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.get(path, header: Self.origin)
            #expect(response.header["access-control-allow-origin"] == "*")
            #expect(response.header["access-control-allow-credentials"] == nil)
            #expect(try await client.get(path).header["access-control-allow-origin"] == nil)
        }
    }

    @Test func answersPreflightsWithoutAKey() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let header =
                Self.origin + "access-control-request-method: POST\r\n"
                + "access-control-request-headers: content-type,x-api-key\r\n"
            let response = try await server.connect().get("/embeddings", method: "OPTIONS", header: header)
            #expect(response.status == 200)
            #expect(response.header["access-control-allow-origin"] == "*")
            #expect(response.header["access-control-allow-methods"]?.contains("POST") == true)
            #expect(response.header["access-control-allow-headers"] == "content-type,x-api-key")
            #expect(response.header["access-control-max-age"] == "600")
        }
    }

    @Test func letsOnlyListedPagesRead() async throws {
        try await TestServer.run(configure: { $0.corsOrigins = ["https://app.example"] }) { server in
            let client = try await server.connect()
            let listed = try await client.get("/health", header: Self.origin)
            #expect(listed.header["access-control-allow-origin"] == "https://app.example")
            #expect(listed.header["vary"] == "Origin")
            let other = try await client.get("/health", header: "origin: https://other.example\r\n")
            #expect(other.header["access-control-allow-origin"] == nil)
            let preflight = "origin: https://other.example\r\naccess-control-request-method: POST\r\n"
            #expect(try await client.get("/embed", method: "OPTIONS", header: preflight).status == 403)
        }
    }

    @Test func keepsOutWhenSwitchedOff() async throws {
        try await TestServer.run(configure: { $0.corsOrigins = [] }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/health", header: Self.origin).header["access-control-allow-origin"] == nil)
            let preflight = Self.origin + "access-control-request-method: POST\r\n"
            #expect(try await client.get("/embed", method: "OPTIONS", header: preflight).status == 405)
        }
    }
}
