// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct VectorEmbedderTests {
    @Test func answersOneTextWithAListOfOneVector() async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let response = try await server.connect().post(#"{"text":"ab","vector_size":7}"#, to: "/embeddings")
            #expect(response.status == 200)
            #expect(response.text == #"{"embeddings":[[1.3333334,1.6666666,2.0,2.3333333,2.6666667]]}"#)
        }
        #expect(service.requests.map(\.longTexts) == [.average(.vectorEmbedder)])
        #expect(service.requests.map(\.normalization) == [.model])
    }

    @Test func answersABatchWithAListForEachText() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(#"{"texts":["a"," "]}"#, to: "/embeddings/batch")
            let embeddings = try #require(try response.json()["embeddings"] as? [[[Double]]])
            #expect(embeddings.map(\.count) == [1, 1])
            #expect(
                embeddings[0][0].map { Float($0) } == (0..<5).map { FakeService.component($0, input: 0, tokens: 3) })
            #expect(
                embeddings[1][0].map { Float($0) } == (0..<5).map { FakeService.component($0, input: 1, tokens: 3) })
        }
    }

    static let refusals: [(path: String, body: String, status: Int, error: String)] = [
        ("/embeddings", #"{"text":""}"#, 400, "Text is required"),
        ("/embeddings", #"{"text":null}"#, 400, "Text is required"),
        ("/embeddings", #"{"text":0}"#, 400, "Text is required"),
        ("/embeddings", #"{"text":7}"#, 400, "Text must be a string"),
        ("/embeddings/batch", "{}", 400, "texts array is required"),
        ("/embeddings/batch", #"{"texts":[]}"#, 400, "texts array is required"),
        ("/embeddings/batch", #"{"texts":{}}"#, 400, "texts array is required"),
        ("/embeddings/batch", "[]", 400, "texts array is required"),
        ("/embeddings/batch", #"{"texts":"x"}"#, 400, "texts must be an array"),
        ("/embeddings/batch", #"{"texts":true}"#, 400, "texts must be an array"),
        ("/embeddings/batch", #"{"texts":["a",2]}"#, 400, "All texts must be non-empty strings"),
        ("/embeddings/batch", #"{"texts":["a",""]}"#, 400, "All texts must be non-empty strings"),
        (
            "/embeddings/batch", #"{"texts":["a","b","c","d"]}"#, 400,
            "Batch size 4 exceeds maximum of 3 texts per request. Split into multiple requests."
        ),
        ("/embeddings/image", #"{"image":"aGk="}"#, 501, "Image embeddings not supported by current model"),
        ("/embeddings/image/batch", "", 501, "Image embeddings not supported by current model"),
    ]

    @Test(arguments: refusals)
    func refusesInTheServicesWords(path: String, body: String, status: Int, error: String) async throws {
        try await TestServer.run(configure: { $0.vectorEmbedder.maxTexts = 3 }) { server in
            let response = try await server.connect().post(body, to: path)
            #expect(response.status == status)
            #expect(response.text == #"{"error":"\#(error)"}"#)
        }
    }

    @Test(arguments: ["/embeddings", "/embeddings/batch", "/embeddings/image", "/embeddings/image/batch"])
    func asksForTheKeyBeforeAnythingElse(path: String) async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["test123"] }) { server in
            let client = try await server.connect()
            for key in ["", "x-api-key: TEST123\r\n", "x-api-key: test12\r\n"] {
                let response = try await client.post("{", to: path, header: key)
                #expect(response.status == 401)
                #expect(response.text == #"{"error":"Invalid API key"}"#)
            }
            let right = try await client.post(
                #"{"text":"a","texts":["a"]}"#, to: path, header: "x-api-key: test123\r\n")
            #expect(right.status == (path.contains("image") ? 501 : 200))
        }
    }
}
