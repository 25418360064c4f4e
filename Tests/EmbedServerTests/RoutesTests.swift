// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct RoutesTests {
    @Test(arguments: ["/v1", "/v1/embedding", "/v2/embeddings", "/health/ready/now", "/%2e%2e/etc/passwd"])
    func answersUnknownPathsInJSON(path: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            for response in [try await client.get(path), try await client.post("{}", to: path)] {
                #expect(response.status == 404)
                #expect(response.header["content-type"] == "application/json")
                #expect(response.text == #"{"detail":"Not Found"}"#)
            }
        }
    }

    @Test(arguments: [
        ("GET", "/v1/embeddings", "POST"), ("PUT", "/v1/embeddings", "POST"), ("DELETE", "/v1/embeddings", "POST"),
        ("HEAD", "/v1/embeddings", "POST"), ("OPTIONS", "/v1/embeddings", "POST"),
        ("PROPFIND", "/v1/embeddings", "POST"), ("POST", "/v1/models", "GET, HEAD"), ("POST", "/health", "GET, HEAD"),
        ("PATCH", "/health/ready", "GET, HEAD"),
    ])
    func names405sAlternatives(method: String, path: String, allowed: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.get(path, method: method, header: "content-length: 0\r\n")
            #expect(response.status == 405)
            #expect(response.header["allow"] == allowed)
            if method != "HEAD" { #expect(try response.json()["detail"] as? String == "Method Not Allowed") }
            #expect(try await client.get("/health").status == 200)
        }
    }

    @Test(arguments: ["/health", "/health/ready", "/v1/models"])
    func answersHEADWhereItAnswersGET(path: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let get = try await client.get(path)
            let head = try await client.get(path, method: "HEAD")
            #expect(head.status == get.status)
            #expect(head.header["content-type"] == get.header["content-type"])
            #expect(head.header["content-length"] != nil)
            // Nothing but the header came, or this would not be a response.
            #expect(try await client.get("/health").status == 200)
        }
    }

    @Test(arguments: ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", nil])
    func takesJSONByAnyOfItsTypes(type: String?) async throws {
        try await TestServer.run { server in
            let header = type.map { "content-type: \($0)\r\n" } ?? ""
            let response = try await server.connect().post(#"{"model":"fake","input":"a"}"#, header: header)
            #expect(response.status == 200)
        }
    }

    @Test(arguments: [
        "content-type: application/x-www-form-urlencoded", "content-type: text/plain",
        "content-type: application/json; charset=utf-16", "content-type: ",
        "content-type: application/json\r\ncontent-encoding: gzip",
    ])
    func refusesOtherTypes(header: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.post(#"{"model":"fake","input":"a"}"#, header: header + "\r\n")
            #expect(response.status == 415)
            #expect(try response.errorMessage().contains("Content-"))
            #expect(try await client.get("/health").status == 200)
        }
    }

    @Test func sendsTheClientsDecentRequestIDBack() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let decent = try await client.get("/health", header: "x-request-id: req_1.a:b/c=+-\r\n")
            #expect(decent.header["x-request-id"] == "req_1.a:b/c=+-")
            for id in ["has space", "é", String(repeating: "x", count: 129), "{}", ""] {
                let response = try await client.get("/health", header: "x-request-id: \(id)\r\n")
                let found = try #require(response.header["x-request-id"])
                #expect(found != id && !found.isEmpty)
            }
            let first = try await client.get("/nothing").header["x-request-id"]
            let second = try await client.get("/nothing").header["x-request-id"]
            #expect(first != nil && first != second)
        }
    }
}
