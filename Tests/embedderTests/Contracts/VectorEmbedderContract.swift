// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of the Vector Embedder Microservice, row by row of Documentation/Contracts.md.
///
/// Its clients always send `X-API-Key`; to an open server any will do, so these send the one that was its default.
@Suite(.timeLimit(.minutes(3))) struct VectorEmbedderContract {
    private static let posts = [
        ("/embeddings", #"{"text":"a"}"#), ("/embeddings/batch", #"{"texts":["a"]}"#),
        ("/embeddings/image", #"{"image":"aGk="}"#), ("/embeddings/image/batch", #"{"images":["aGk="]}"#),
    ]

    /// A request of the service's client.
    private func post(_ path: String, _ json: String, _ access: Access) async throws -> RunningServer.Answer {
        try await ContractServer.shared(access).post(path, json, access == .open ? ["X-API-Key": "abc123"] : [:])
    }

    // MARK: Vectors

    @Test("S0-01, S0-09, S0-43 one text gives one vector, the reference's", arguments: Access.allCases)
    func embedsOneText(access: Access) async throws {
        let reference = try Reference.miniLM()
        for index in stride(from: 0, to: reference.texts.count, by: 97) where !reference.texts[index].isEmpty {
            let answer = try await post("/embeddings", #"{"text":\#(quoted(reference.texts[index]))}"#, access)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.json?.keys == ["embeddings"], "\(answer)")
            let vectors = try answer.embeddings()
            try #require(vectors.count == 1)
            #expect(abs(norm(vectors[0]) - 1) < 1e-3)
            #expect(largestDifference(vectors[0], reference[index]) <= 1e-4, "text \(index)")
        }
    }

    @Test("S0-43 the same text twice gives the same vector", arguments: Access.allCases)
    func repeatsItself(access: Access) async throws {
        let first = try await post("/embeddings", #"{"text":"This is a test sentence"}"#, access)
        let second = try await post("/embeddings", #"{"text":"This is a test sentence"}"#, access)
        #expect(first.status == 200)
        #expect(try first.embeddings() == second.embeddings())
    }

    @Test("S0-45, S0-46 a batch gives a list of lists of one vector, in order", arguments: Access.allCases)
    func embedsBatches(access: Access) async throws {
        let texts = ["vector", words(40, "garden"), "Ünïcödé", words(7, "river"), words(300, "stone"), "a"]
        var alone: [[Float]] = []
        for text in texts { alone += try await post("/embeddings", #"{"text":\#(quoted(text))}"#, access).embeddings() }
        for order in [Array(texts.indices), texts.indices.reversed(), [2]] {
            let answer = try await post("/embeddings/batch", #"{"texts":\#(quoted(order.map { texts[$0] }))}"#, access)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.json?.keys == ["embeddings"])
            let vectors = try answer.nestedEmbeddings()
            try #require(vectors.count == order.count)
            for (vector, index) in zip(vectors, order) {
                #expect(largestDifference(vector, alone[index]) <= 1e-5, "text \(index)")
            }
        }
    }

    @Test("S0-36, S0-37, S0-61, S0-68 long texts follow the chunk rule", arguments: Reference.chunkCases)
    func averagesChunks(name: String) async throws {
        let reference = try Reference.chunks("all-MiniLM-L6-v2")
        let index = try #require(Reference.chunkCases.firstIndex(of: name))
        let answer = try await post("/embeddings", #"{"text":\#(quoted(reference.texts[index]))}"#, .open)
        #expect(answer.status == 200, "\(answer)")
        let vector = try #require(try answer.embeddings().first)
        #expect(largestDifference(vector, reference[index]) <= 1e-4)
        #expect(abs(norm(vector) - norm(reference[index])) <= 1e-3, "the mean is not normalised again")
    }

    @Test("S0-37, S0-68 the chunk rule inside a batch", arguments: Access.allCases)
    func averagesChunksInBatches(access: Access) async throws {
        let reference = try Reference.chunks("all-MiniLM-L6-v2")
        let answer = try await post("/embeddings/batch", #"{"texts":\#(quoted(reference.texts))}"#, access)
        #expect(answer.status == 200, "\(answer)")
        let vectors = try answer.nestedEmbeddings()
        try #require(vectors.count == reference.texts.count)
        for (index, vector) in vectors.enumerated() {
            #expect(largestDifference(vector, reference[index]) <= 1e-4, "\(Reference.chunkCases[index])")
        }
    }

    @Test("S0-36 texts that differ only after token 512 get different vectors")
    func readsBeyondTheFirstChunk() async throws {
        let start = words(512, "river")
        let first = try await post("/embeddings", #"{"text":\#(quoted(start + words(100, " market")))}"#, .open)
        let second = try await post("/embeddings", #"{"text":\#(quoted(start + words(100, " winter")))}"#, .open)
        #expect(try largestDifference(first.embeddings()[0], second.embeddings()[0]) > 1e-3)
    }

    @Test("S0-37 a text of two halves lies between them") func liesBetweenItsHalves() async throws {
        let halves = [words(512, "river"), words(512, "bread")]
        let both = try await post("/embeddings", #"{"text":\#(quoted(halves.joined(separator: " ")))}"#, .open)
            .embeddings()[0]
        let parts = try await post("/embeddings/batch", #"{"texts":\#(quoted(halves))}"#, .open).nestedEmbeddings()
        let middle = mean(parts)
        #expect(cosine(both, middle) > 0.999)
        #expect(cosine(both, middle) > cosine(both, parts[0]))
    }

    @Test("S0-12, S0-59, S0-68 EMBEDDING_MODEL chooses the model; one that doesn't normalise stays as it is")
    func embedsWithTheModelOfTheEnvironment() async throws {
        let server = try await ContractServer.start(environment: [
            "EMBEDDING_MODEL": "tests/pooling", "TOKENIZER_MODEL": "tests/pooling",
        ])
        #expect(try await server.get("/health/ready").json?["model"]?.string == "pooling")
        let reference = try Reference.chunks("pooling")
        let answer = try await server.post(
            "/embeddings/batch", #"{"texts":\#(quoted(reference.texts))}"#, ["X-API-Key": "abc123"])
        #expect(answer.status == 200, "\(answer)")
        for (index, vector) in try answer.nestedEmbeddings().enumerated() {
            #expect(largestDifference(vector, reference[index]) <= 1e-4, "\(Reference.chunkCases[index])")
        }
        server.stop()
    }

    @Test("S0-67 whitespace-only text is accepted; members nobody asked for are ignored", arguments: Access.allCases)
    func acceptsWhatTheOriginalAccepts(access: Access) async throws {
        let space = try await post("/embeddings", #"{"text":" \t\n "}"#, access)
        #expect(space.status == 200, "\(space)")
        let plain = try await post("/embeddings", #"{"text":"a"}"#, access)
        let sized = try await post("/embeddings", #"{"vector_size":384,"text":"a","model":null,"input":7}"#, access)
        #expect(sized.status == 200, "\(sized)")
        #expect(try sized.embeddings() == plain.embeddings())
        let batch = try await post("/embeddings/batch", #"{"texts":["a"],"vector_size":384}"#, access)
        #expect(batch.status == 200, "\(batch)")
    }

    // MARK: Limits and errors

    @Test("S0-47 a hundred texts are served, one more is refused", arguments: Access.allCases)
    func limitsBatches(access: Access) async throws {
        let texts = (0..<101).map { "text \($0)" }
        let most = try await post("/embeddings/batch", #"{"texts":\#(quoted(Array(texts.prefix(100))))}"#, access)
        #expect(most.status == 200, "\(most)")
        #expect(try most.nestedEmbeddings().count == 100)
        let more = try await post("/embeddings/batch", #"{"texts":\#(quoted(texts))}"#, access)
        #expect(more.status == 400, "\(more)")
        #expect(
            more.json?["error"]?.string
                == "Batch size 101 exceeds maximum of 100 texts per request. Split into multiple requests.")
    }

    @Test("S0-47, S0-58 MAX_TEXTS_PER_BATCH and MAX_BATCH_SIZE", arguments: ["1", "64"])
    func takesItsLimitsFromTheEnvironment(rows: String) async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["MAX_TEXTS_PER_BATCH": "3", "MAX_BATCH_SIZE": rows])
        let texts = ["a", "vector search", "the quick brown fox"]
        let answer = try await server.post("/embeddings/batch", #"{"texts":\#(quoted(texts))}"#, ["X-API-Key": "x"])
        #expect(answer.status == 200, "\(answer)")
        let reference = try Reference.small("new-format")
        let vectors = try answer.nestedEmbeddings()
        for (text, index) in [("a", 0), ("vector search", 1)] {
            let expected = reference[try #require(reference.texts.firstIndex(of: text))]
            #expect(largestDifference(vectors[index], expected) <= 2e-5)
        }
        let more = try await server.post(
            "/embeddings/batch", #"{"texts":\#(quoted(texts + ["b"]))}"#, ["X-API-Key": "x"])
        #expect(more.status == 400)
        #expect(
            more.json?["error"]?.string
                == "Batch size 4 exceeds maximum of 3 texts per request. Split into multiple requests.", "\(more)")
        server.stop()
    }

    @Test(
        "S0-63, S0-67 refuses what the original refuses, in its words", arguments: Access.allCases,
        [
            ("/embeddings", "{}", "Text is required"),
            ("/embeddings", #"{"text":""}"#, "Text is required"),
            ("/embeddings", #"{"text":null}"#, "Text is required"),
            ("/embeddings", #"{"unknown":"x"}"#, "Text is required"),
            ("/embeddings/batch", "{}", "texts array is required"),
            ("/embeddings/batch", #"{"texts":[]}"#, "texts array is required"),
            ("/embeddings/batch", #"{"texts":null}"#, "texts array is required"),
            ("/embeddings/batch", #"{"text":"x"}"#, "texts array is required"),
            ("/embeddings/batch", #"{"texts":"x"}"#, "texts must be an array"),
            ("/embeddings/batch", #"{"texts":{"a":"b"}}"#, "texts must be an array"),
            ("/embeddings/batch", #"{"texts":7}"#, "texts must be an array"),
            ("/embeddings/batch", #"{"texts":["a",2]}"#, "All texts must be non-empty strings"),
            ("/embeddings/batch", #"{"texts":["a",""]}"#, "All texts must be non-empty strings"),
            ("/embeddings/batch", #"{"texts":["a",null]}"#, "All texts must be non-empty strings"),
            ("/embeddings/batch", #"{"texts":[["a"]]}"#, "All texts must be non-empty strings"),
        ])
    func refusesInTheOriginalsWords(access: Access, request: (path: String, body: String, error: String)) async throws {
        let answer = try await post(request.path, request.body, access)
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.json?.keys == ["error"], "\(answer)")
        #expect(answer.json?["error"]?.string == request.error)
    }

    @Test(
        "S0-63 what can't be read, and texts of other types, are 400 with an error", arguments: Access.allCases,
        [
            ("/embeddings", #"{"text":"#), ("/embeddings", ""), ("/embeddings", "[]"), ("/embeddings", #""text""#),
            ("/embeddings", #"{"text":7}"#), ("/embeddings", #"{"text":["a"]}"#), ("/embeddings", #"{"text":true}"#),
            ("/embeddings/batch", #"{"texts":["a"}"#), ("/embeddings/batch", ""), ("/embeddings/batch", "[]"),
        ])
    func refusesWhatItCannotRead(access: Access, request: (path: String, body: String)) async throws {
        let answer = try await post(request.path, request.body, access)
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.json?.keys == ["error"], "\(answer)")
        #expect(answer.json?["error"]?.string?.isEmpty == false)
    }

    @Test(
        "S0-63 wrong methods are 405 as JSON", arguments: Access.allCases,
        [
            ("GET", "/embeddings", "POST"), ("GET", "/embeddings/batch", "POST"), ("PUT", "/embeddings", "POST"),
            ("GET", "/embeddings/image", "POST"), ("DELETE", "/embeddings/image/batch", "POST"),
            ("POST", "/health", "GET"), ("POST", "/health/ready", "GET"),
        ])
    func refusesOtherMethods(access: Access, request: (method: String, path: String, allowed: String)) async throws {
        let answer = try await ContractServer.shared(access).send(request.method, request.path)
        #expect(answer.status == 405, "\(answer)")
        #expect(answer.text == #"{"detail":"Method Not Allowed"}"#)
        #expect(answer[header: "Allow"]?.contains(request.allowed) == true)
        #expect(answer[header: "Content-Type"]?.hasPrefix("application/json") == true)
    }

    @Test("S0-49, S0-63 images on a text-only model are 501, whatever the body", arguments: Access.allCases)
    func hasNoImages(access: Access) async throws {
        // One white pixel.
        let png = """
            iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==
            """
        for (path, body) in [
            ("/embeddings/image", #"{"image":"\#(png)"}"#), ("/embeddings/image/batch", #"{"images":["\#(png)"]}"#),
            ("/embeddings/image", "{}"), ("/embeddings/image/batch", #"{"images":7}"#), ("/embeddings/image", "{"),
        ] {
            let answer = try await post(path, body, access)
            #expect(answer.status == 501, "\(path) \(body.prefix(20)): \(answer)")
            #expect(answer.json?.keys == ["error"])
            #expect(answer.json?["error"]?.string == "Image embeddings not supported by current model")
        }
        let ready = try await ContractServer.shared(access).get("/health/ready")
        #expect(ready.json?["supports_images"]?.bool == false, "\(ready)")
    }

    // MARK: Keys

    @Test("S0-44, S0-63 a key on all four POSTs, before anything else", arguments: posts)
    func asksForAKey(request: (path: String, body: String)) async throws {
        let server = try await ContractServer.shared(.keyed)
        let json = ["Content-Type": "application/json"]
        let wrong = [
            [:], ["X-API-Key": "wrong"], ["X-API-Key": ""], ["X-API-Key": "abc123"],
            ["X-API-Key": String(ContractServer.key.dropLast())], ["X-API-Key": ContractServer.key.uppercased()],
            ["X-API-Key": ContractServer.key + "x"], ["Authorization": "Bearer wrong"],
            ["Authorization": ContractServer.key], ["api-key": "wrong"],
        ]
        for headers in wrong {
            for body in [request.body, #"{"text":""}"#, "{"] {
                let answer = try await server.anonymous(
                    "POST", request.path, json.merging(headers) { $1 }, body: body)
                #expect(answer.status == 401, "\(headers): \(answer)")
                #expect(answer.json?.keys == ["error"], "\(answer)")
                #expect(answer.json?["error"]?.string == "Invalid API key")
            }
        }
        let isImage = request.path.contains("image")
        let right = [
            ["X-API-Key": ContractServer.key], ["x-api-key": ContractServer.otherKey],
            ["Authorization": "Bearer \(ContractServer.key)"], ["api-key": ContractServer.key],
        ]
        for headers in right {
            let answer = try await server.anonymous(
                "POST", request.path, json.merging(headers) { $1 }, body: request.body)
            #expect(answer.status == (isImage ? 501 : 200), "\(headers): \(answer)")
        }
    }

    @Test("S0-56 without a configured key everyone is served, with abc123 or nothing; a warning beyond loopback")
    func isOpenWithoutAKey() async throws {
        let server = try await ContractServer.shared(.open)
        #expect(try await server.post("/embeddings", #"{"text":"a"}"#).status == 200)
        #expect(try await server.post("/embeddings", #"{"text":"a"}"#, ["X-API-Key": "abc123"]).status == 200)
        #expect(!server.log.contains("--api-key"), "\(server.log.prefix(600))")
        let exposed = try await ContractServer.start(["tests/new-format"], environment: ["HOST": "0.0.0.0"])
        #expect(exposed.log.contains(#""level":"warning""#), "\(exposed.log.prefix(600))")
        #expect(exposed.log.contains("--api-key"), "\(exposed.log.prefix(600))")
        exposed.stop()
    }

    @Test("S0-56 VECTOR_EMBEDDER_API_KEY sets the key") func takesTheKeyOfTheEnvironment() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["VECTOR_EMBEDDER_API_KEY": "my-own-key"])
        #expect(try await server.post("/embeddings", #"{"text":"a"}"#).status == 401)
        #expect(try await server.post("/embeddings", #"{"text":"a"}"#, ["X-API-Key": "abc123"]).status == 401)
        #expect(try await server.post("/embeddings", #"{"text":"a"}"#, ["X-API-Key": "my-own-key"]).status == 200)
        #expect(!server.log.contains("my-own-key"))
        server.stop()
    }

    // MARK: Health

    @Test("S0-40, S0-41 health and readiness need no key", arguments: Access.allCases)
    func tellsItsHealth(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let health = try await server.anonymous("GET", "/health")
        #expect(health.status == 200, "\(health)")
        #expect(health.json?["status"]?.string == "ok")
        let ready = try await server.anonymous("GET", "/health/ready")
        #expect(ready.status == 200, "\(ready)")
        #expect(ready.json?.keys == ["model", "status", "supports_images"])
        #expect(ready.json?["status"]?.string == "ready")
        #expect(ready.json?["model"]?.string == "all-MiniLM-L6-v2")
        #expect(ready.json?["supports_images"]?.bool == false)
    }

    @Test("S0-40, S0-42, S3-20 alive but not ready while models load") func isNotReadyWhileItLoads() async throws {
        // Together they take far longer than the first requests.
        let models = try ModelsFolder()
        let names = (1...6).map { "tests/copy-\($0)" }
        for name in names { try models.link(Fixtures.miniLM(), as: name) }
        let server = try await RunningServer.start(
            names, environment: models.environment, directory: models.workingDirectory, waitsUntilReady: false)
        let ready = try await server.get("/health/ready")
        let check = try await server.get("/healthcheck")
        let health = try await server.get("/health")
        #expect(ready.status == 503, "\(ready)")
        #expect(ready.text == #"{"status":"not_ready","error":"Model not loaded"}"#)
        #expect(check.status == 503, "\(check)")
        #expect(health.status == 200, "\(health)")
        #expect(health.json?["status"]?.string == "ok")
        while try await server.get("/health/ready").status != 200 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await server.get("/healthcheck").status == 200)
        #expect(server.stop() == 0)
    }

    @Test("S0-57 PORT") func listensAtThePortOfTheEnvironment() async throws {
        let port = try FreePort.any()
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["PORT": "\(port)"], choosesPort: false)
        #expect(server.port == port)
        #expect(try await server.get("/health").status == 200)
        server.stop()
    }
}
