// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct APIKeysTests {
    static let accepted = [
        "X-API-Key: first-key", "x-api-key: second", "Authorization: Bearer first-key", "authorization: bearer  second",
        "api-key: second", "X-API-Key: wrong\r\nAuthorization: Bearer second",
    ]

    @Test(arguments: accepted)
    func takesAKeyInEverySpelling(header: String) async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["first-key", "second"] }) { server in
            let response = try await server.connect().post(
                #"{"model":"fake","input":"a"}"#, header: header + "\r\n")
            #expect(response.status == 200)
        }
    }

    static let refused = [
        "", "X-API-Key: ", "X-API-Key: first", "X-API-Key: First-Key", "X-API-Key: first-key2", "X-API-Key: first-key,",
        "Authorization: first-key", "Authorization: Basic first-key", "Authorization: Bearer", "Cookie: api-key=second",
    ]

    @Test(arguments: refused)
    func refusesEverythingElseBeforeReadingTheBody(header: String) async throws {
        let service = FakeService()
        try await TestServer.run(service, configure: { $0.apiKeys = ["first-key", "second"] }) { server in
            let client = try await server.connect()
            let fields = header.isEmpty ? "" : header + "\r\n"
            let response = try await client.post("not even JSON", header: fields)
            #expect(response.status == 401)
            #expect(response.header["www-authenticate"] == "Bearer")
            let error = try #require(try response.json()["error"] as? [String: Any])
            #expect(error["code"] as? String == "invalid_api_key")
            #expect(!response.text.contains("first"))
            #expect(try await client.get("/v1/models", header: fields).status == 401)
            #expect(service.requests.isEmpty)
        }
    }

    @Test func doesNotWaitForTheBody() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 401)
            #expect(response.header["connection"] == "close")
        }
    }

    @Test func anOpenServerTakesAnyKey() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(
                #"{"model":"fake","input":"a"}"#, header: "X-API-Key: abc123\r\n")
            #expect(response.status == 200)
        }
    }
}
