// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Foundation
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct EmbeddingsGeneratorTests {
    @Test(arguments: [("true", EmbeddingRequest.Normalization.always), ("false", .model)])
    func answersWithFiveMembers(normalize: String, normalization: EmbeddingRequest.Normalization) async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let body = #"{"texts":["a","bc"],"model_name":"fake","normalize":\#(normalize),"batch_size":16}"#
            let response = try await server.connect().post(body, to: "/embeddings")
            #expect(response.status == 200)
            let json = try response.json()
            #expect(Set(json.keys) == ["embeddings", "model_name", "dimensions", "processing_time", "total_texts"])
            #expect((json["embeddings"] as? [[Double]])?.map(\.count) == [5, 5])
            #expect(json["model_name"] as? String == "fake")
            #expect(json["dimensions"] as? Int == 5)
            #expect(json["total_texts"] as? Int == 2)
            #expect(try #require(json["processing_time"] as? Double) >= 0)
        }
        #expect(service.requests.map(\.longTexts) == [.cutUpTo(tokens: 512)])
        #expect(service.requests.map(\.normalization) == [normalization])
    }

    @Test func namesTheModelThatAnsweredWhenNoneWasNamed() async throws {
        try await TestServer.run { server in
            let json = try await server.connect().post(#"{"texts":["a"],"model_name":null}"#, to: "/embeddings").json()
            #expect(json["model_name"] as? String == "sentence-transformers/fake")
        }
    }

    static let faults: [(body: String, type: String, field: String)] = [
        (#"{"texts":"a"}"#, "list_type", "texts"),
        (#"{"texts":null}"#, "list_type", "texts"),
        (#"{"texts":[]}"#, "too_short", "texts"),
        (#"{"texts":["a",7]}"#, "string_type", "texts"),
        (#"{"texts":["a"],"normalize":"perhaps"}"#, "bool_type", "normalize"),
        (#"{"texts":["a"],"normalize":null}"#, "bool_type", "normalize"),
        (#"{"texts":["a"],"batch_size":0}"#, "greater_than", "batch_size"),
        (#"{"texts":["a"],"batch_size":1.5}"#, "int_type", "batch_size"),
        (#"{"texts":["a"],"model_name":7}"#, "string_type", "model_name"),
        (#"{"texts":[\#(Array(repeating: #""a""#, count: 101).joined(separator: ","))]}"#, "too_long", "texts"),
    ]

    @Test(arguments: faults)
    func refusesWrongFields(body: String, type: String, field: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(body, to: "/embeddings")
            #expect(response.status == 422)
            #expect(response.text.hasPrefix(#"{"detail":[{"type":"\#(type)","loc":["body","\#(field)""#))
        }
    }

    static let failures: [(ServiceError, status: Int, body: String)] = [
        (
            .invalid(.input(index: 2, .tooLong(limit: 512))), 400,
            #"{"detail":"Text at index 2 exceeds maximum length of 512 tokens"}"#
        ),
        (
            .modelFailed("org/m", reason: "/secret/config.json is missing"), 500,
            #"{"detail":"Failed to load model org/m: The model `org/m` can't be loaded; the server's log has the reason."}"#
        ),
        (.deviceFailed, 500, #"{"error":"Internal server error","detail":null,"status_code":500}"#),
    ]

    @Test(arguments: failures)
    func wordsFailures(error: ServiceError, status: Int, body: String) async throws {
        try await TestServer.run(FakeService(.fail(error))) { server in
            let response = try await server.connect().post(#"{"texts":["a"]}"#, to: "/embeddings")
            #expect(response.status == status)
            #expect(response.text == body)
        }
    }

    @Test func tellsOfTheModelAndUnloadsAndLoadsIt() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let info = try await client.get("/model/info")
            #expect(info.status == 200)
            #expect(
                info.text
                    == #"{"model_name":"sentence-transformers/fake","model_type":"sentence-transformer","#
                    + #""max_sequence_length":1002,"embedding_dimensions":5,"is_loaded":true}"#)
            for _ in 0..<2 {
                let unloaded = try await client.post("", to: "/model/unload")
                #expect(unloaded.status == 200)
                #expect(unloaded.text == #"{"message":"Model unloaded successfully"}"#)
            }
            let none = try await client.get("/model/info")
            #expect(none.status == 503)
            #expect(
                none.text
                    == #"{"detail":"No model is currently loaded. Model will be loaded on first embedding request."}"#)
            let loaded = try await client.post("", to: "/model/load?model_name=sentence-transformers%2Ffake")
            #expect(loaded.status == 200)
            #expect(loaded.text == #"{"message":"Model sentence-transformers/fake loaded successfully"}"#)
            #expect(try await client.get("/model/info").status == 200)
        }
    }

    @Test func refusesToLoadWhatIsNotThere() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let unnamed = try await client.post("", to: "/model/load")
            #expect(unnamed.status == 422)
            #expect(unnamed.text.hasPrefix(#"{"detail":[{"type":"missing","loc":["query","model_name"]"#))
            let unknown = try await client.post("", to: "/model/load?model_name=org/none")
            #expect(unknown.status == 400)
            #expect(unknown.text.hasPrefix(#"{"detail":"Failed to load model org/none: "#))
            #expect(try await client.get("/model/info").status == 200)
        }
    }

    @Test func saysWhatItIsAndSendsBrowsersToTheDocumentation() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            #expect(
                try await client.get("/").text
                    == #"{"message":"Embeddings Generator API","version":"1.2.3","docs":"/docs","health":"/health"}"#)
            let browser = try await client.get("/", header: "accept: text/html,application/xhtml+xml\r\n")
            #expect(browser.status == 307)
            #expect(browser.header["location"] == "/docs")
        }
    }

    @Test func sendsNobodyToDocumentationThatIsNotServed() async throws {
        try await TestServer.run(configure: { $0.servesDocumentation = false }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/", header: "accept: text/html\r\n").status == 200)
            #expect(try await client.get("/docs").status == 404)
        }
    }
}
