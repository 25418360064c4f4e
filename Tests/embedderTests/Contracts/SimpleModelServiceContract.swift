// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of the simple model service, row by row of Documentation/Contracts.md.
@Suite(.timeLimit(.minutes(2))) struct SimpleModelServiceContract {
    private func embed(_ text: String, _ access: Access = .open) async throws -> [Float] {
        let answer = try await ContractServer.shared(access).post("/embed", #"{"text":\#(quoted(text))}"#)
        #expect(answer.status == 200, "\(answer)")
        return try answer.vector { $0 }
    }

    // MARK: Vectors

    @Test("S3-01, S3-17, S3-28 a bare array of numbers", arguments: Access.allCases)
    func answersABareArray(access: Access) async throws {
        for text in ["Hello world!", "This is a valid request."] {
            let answer = try await ContractServer.shared(access).post("/embed", #"{"text":\#(quoted(text))}"#)
            #expect(answer.status == 200, "\(answer)")
            #expect(try answer.vector { $0 }.count == 384)
            #expect(answer.text.first == "[" && answer.text.last == "]")
            #expect(answer[header: "Content-Type"]?.hasPrefix("application/json") == true)
        }
    }

    @Test("S3-03, S3-05 the reference's vectors, of length 1", arguments: Access.allCases)
    func givesTheReferencesVectors(access: Access) async throws {
        let reference = try Reference.miniLM()
        for index in stride(from: 0, to: reference.texts.count, by: 89)
        where !reference.texts[index].allSatisfy(\.isWhitespace) {
            let vector = try await embed(reference.texts[index], access)
            #expect(cosine(vector, reference[index]) > 0.9999, "text \(index)")
            #expect(largestDifference(vector, reference[index]) <= 1e-4, "text \(index)")
            #expect(abs(norm(vector) - 1) < 1e-3)
        }
    }

    @Test("S3-04 what lies beyond the model's length changes nothing", arguments: Access.allCases)
    func cutsLongTexts(access: Access) async throws {
        let start = words(254)
        let first = try await embed("\(start) river \(words(700, "stone"))", access)
        let second = try await embed("\(start) market", access)
        #expect(largestDifference(first, second) <= 1e-5)
        #expect(try await largestDifference(first, embed(words(253), access)) > 1e-5)
    }

    @Test("S3-06 prefixes are the caller's business, and count") func embedsPrefixes() async throws {
        let query = try await embed("query: how much rain")
        let passage = try await embed("passage: how much rain")
        #expect(largestDifference(query, passage) > 1e-3)
    }

    @Test("S3-08 several texts at once give what each gives alone") func embedsSeveral() async throws {
        let texts = ["Hello world!", "another text"]
        let server = try await ContractServer.shared(.open)
        let batch = try await server.post("/embeddings/batch", #"{"texts":\#(quoted(texts))}"#).nestedEmbeddings()
        let list = try await server.post(
            "/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":\#(quoted(texts))}"#
        ).openAIVectors()
        for (index, text) in texts.enumerated() {
            let alone = try await embed(text)
            #expect(largestDifference(batch[index], alone) <= 1e-5)
            #expect(largestDifference(list[index], alone) <= 1e-5)
        }
    }

    @Test("S3-10, S3-11, S3-12 MODEL_PATH names a directory; another one gives other vectors after a restart")
    func takesTheModelOfADirectory() async throws {
        let models = try ModelsFolder()
        for name in ["new-format", "pooling"] {
            try models.link(Fixtures.path("Models/\(name)"), as: "model_files")
            let server = try await ContractServer.start(
                environment: ["MODEL_PATH": "\(models.path)/model_files", "EMBEDDER_MODELS_DIR": "/nonexistent"],
                models: models)
            let reference = try Reference.small(name)
            for index in [0, 1, 5] {
                let answer = try await server.post("/embed", #"{"text":\#(quoted(reference.texts[index]))}"#)
                #expect(answer.status == 200, "\(answer)")
                let vector = try answer.vector { $0 }
                #expect(largestDifference(vector, normalized(reference[index])) <= 2e-5, "\(name), text \(index)")
            }
            server.stop()
        }
    }

    @Test("S3-09, S3-13 MODEL_SEQ_LEN lengthens and shortens what is read") func readsAsFarAsToldTo() async throws {
        let long = try await ContractServer.start(environment: ["MODEL_SEQ_LEN": "512"])
        let start = words(500)
        let first = try await long.post("/embed", #"{"text":"\#(start) river"}"#).vector { $0 }
        let second = try await long.post("/embed", #"{"text":"\#(start) market"}"#).vector { $0 }
        #expect(largestDifference(first, second) > 1e-4)
        long.stop()
        let short = try await ContractServer.start(environment: ["MODEL_SEQ_LEN": "8"])
        let third = try await short.post("/embed", #"{"text":"\#(words(6)) river"}"#)
        #expect(third.status == 200, "\(third)")
        let fourth = try await short.post("/embed", #"{"text":"\#(words(6)) market and more"}"#).vector { $0 }
        #expect(try largestDifference(third.vector { $0 }, fourth) <= 1e-6)
        short.stop()
    }

    // MARK: Errors

    @Test(
        "S3-14, S3-15, S3-16, S3-28 a text is required, and must be more than white space", arguments: Access.allCases,
        [
            ("{}", "missing"), (#"{"invalid_field":"This is an invalid request."}"#, "missing"),
            (#"{"text":""}"#, "string_too_short"), (#"{"text":" "}"#, "value_error"),
            (#"{"text":"\t"}"#, "value_error"), (#"{"text":"\n"}"#, "value_error"),
            (#"{"text":" \t\r\n\u3000 "}"#, "value_error"), (#"{"text":7}"#, "string_type"),
            (#"{"text":null}"#, "string_type"), (#"{"text":["a"]}"#, "string_type"),
            (#"{"text":{"a":"b"}}"#, "string_type"), (#"{"text":true}"#, "string_type"),
        ])
    func requiresAText(access: Access, fault: (body: String, type: String)) async throws {
        let answer = try await ContractServer.shared(access).post("/embed", fault.body)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?.keys == ["detail"], "\(answer)")
        #expect(answer.json?["detail"]?.count == 1)
        let detail = try #require(answer.json?["detail"]?[0], "\(answer)")
        #expect(detail["type"]?.string == fault.type, "\(answer)")
        #expect(detail["loc"]?.elements?.map(\.string) == ["body", "text"], "\(answer)")
        #expect(detail["msg"]?.string?.isEmpty == false)
        if fault.type == "value_error" {
            #expect(detail["msg"]?.string?.contains("value cannot be empty or contain only whitespaces") == true)
        }
    }

    @Test("S3-16 what is no object is 422 with detail", arguments: Access.allCases, ["", "[]", "7", #"{"text":"#, "{"])
    func requiresAnObject(access: Access, body: String) async throws {
        let answer = try await ContractServer.shared(access).post("/embed", body)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?["detail"]?[0]?["loc"]?[0]?.string == "body", "\(answer)")
        #expect(answer.json?["detail"]?[0]?["type"]?.string?.isEmpty == false)
    }

    @Test("S3-15 white space around a text is fine", arguments: Access.allCases)
    func acceptsSpaces(access: Access) async throws {
        #expect(try await largestDifference(embed(" \tHello world!\n", access), embed("Hello world!", access)) <= 1e-6)
    }

    @Test("S3-16 other methods are 405", arguments: Access.allCases, ["GET", "PUT", "DELETE"])
    func refusesOtherMethods(access: Access, method: String) async throws {
        let answer = try await ContractServer.shared(access).send(method, "/embed")
        #expect(answer.status == 405, "\(answer)")
        #expect(answer.text == #"{"detail":"Method Not Allowed"}"#)
    }

    @Test("S3-18 the text is no query parameter any more") func takesNoQuery() async throws {
        #expect(try await ContractServer.shared(.open).post("/embed?text=hello", "").status == 422)
    }

    @Test("S3-16 without a key it is 401 in FastAPI's form") func asksForAKey() async throws {
        let answer = try await ContractServer.shared(.keyed).anonymous(
            "POST", "/embed", ["Content-Type": "application/json"], body: #"{"text":"a"}"#)
        #expect(answer.status == 401, "\(answer)")
        #expect(answer.json?["detail"]?.string?.isEmpty == false, "\(answer)")
    }

    // MARK: Health

    @Test("S3-19 /healthcheck is exactly this, without a key", arguments: Access.allCases)
    func answersTheHealthCheck(access: Access) async throws {
        let answer = try await ContractServer.shared(access).anonymous("GET", "/healthcheck")
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.text == #"{"status":"ok"}"#)
    }

    @Test("S3-20 once it answers, /embed does too") func isHealthyOnlyWhenItEmbeds() async throws {
        let models = try ModelsFolder()
        let server = try await RunningServer.start(
            environment: models.environment, directory: models.workingDirectory, waitsUntilReady: false)
        while try await server.get("/healthcheck").status != 200 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try await server.post("/embed", #"{"text":"a"}"#).status == 200)
        #expect(server.stop() == 0)
    }

    @Test("S3-21 /healthcheck answers within a second while four clients send long texts")
    func staysHealthyUnderLoad() async throws {
        let server = try await ContractServer.shared(.open)
        let body = #"{"texts":\#(quoted(Array(repeating: words(250), count: 12)))}"#
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let answer = try await server.post("/embeddings/batch", body)
                    #expect(answer.status == 200, "\(answer)")
                }
            }
            group.addTask {
                var slowest = Duration.zero
                for _ in 0..<20 {
                    let start = ContinuousClock.now
                    let answer = try await server.get("/healthcheck")
                    slowest = max(slowest, .now - start)
                    #expect(answer.status == 200, "\(answer)")
                }
                #expect(slowest < .seconds(1))
            }
            try await group.waitForAll()
        }
    }

    // MARK: Going further

    @Test("S3-33 tokens with ids, texts and byte offsets", arguments: Access.allCases)
    func tokenizes(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let answer = try await server.post("/tokenize", #"{"inputs":"Héllo wörld"}"#)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?.count == 1)
        let tokens = Array(try #require(answer.json?[0]?.elements))
        #expect(tokens.map { $0["id"]?.int } == [101, 7592, 2088, 102], "\(answer)")
        #expect(tokens.map { $0["special"]?.bool } == [true, false, false, true])
        #expect(tokens.map { $0["start"]?.int } == [nil, 0, 7, nil])
        #expect(tokens.map { $0["stop"]?.int } == [nil, 6, 13, nil])
        #expect(tokens.first?["start"]?.isNull == true)
        #expect(tokens.allSatisfy { $0.keys == ["id", "special", "start", "stop", "text"] })
        let several = try await server.post("/tokenize", #"{"inputs":["a","b c"],"add_special_tokens":false}"#)
        #expect(several.json?.elements?.map(\.count) == [1, 2], "\(several)")
    }

    @Test("S3-33 the ids are those that /v1/embeddings takes and counts")
    func tokenizesAsItEmbeds() async throws {
        let server = try await ContractServer.shared(.open)
        let reference = try Reference.miniLM()
        for index in [0, 7, 60, 300, 500, 700] where reference.tokens[index] < 256 {
            let text = quoted(reference.texts[index])
            let answer = try await server.post("/tokenize", #"{"inputs":\#(text)}"#)
            let ids = try #require(answer.json?[0]?.elements, "\(answer)").map { try #require($0["id"]?.int) }
            #expect(ids.count == reference.tokens[index])
            let byIDs = try await server.post(
                "/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":\#(ids)}"#)
            #expect(byIDs.status == 200, "\(byIDs)")
            #expect(try largestDifference(byIDs.openAIVectors()[0], reference[index]) <= 1e-4)
        }
    }

    @Test("S3-34 similarity is the dot product of the vectors", arguments: Access.allCases)
    func compares(access: Access) async throws {
        let texts = ["popular smartphone", "Roku", "iPhone"]
        let answer = try await ContractServer.shared(access).post(
            "/similarity", #"{"inputs":{"source_sentence":"iPhone","sentences":\#(quoted(texts))}}"#)
        #expect(answer.status == 200, "\(answer)")
        let found = try answer.vector { $0 }
        let source = try await embed("iPhone", access)
        for (index, text) in texts.enumerated() {
            let expected = try await dot(source, embed(text, access))
            #expect(abs(Double(found[index]) - expected) <= 1e-5)
        }
    }

    @Test(
        "S3-33, S3-34 schema faults are 422 in the router's own form",
        arguments: [
            ("/tokenize", "{}"), ("/tokenize", #"{"inputs":7}"#), ("/similarity", "{}"),
            ("/similarity", #"{"inputs":{"source_sentence":"a"}}"#), ("/similarity", #"{"inputs":["a"]}"#),
        ])
    func refusesWrongSchemas(request: (path: String, body: String)) async throws {
        let answer = try await ContractServer.shared(.open).post(request.path, request.body)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?["error"]?.string?.isEmpty == false, "\(answer)")
        #expect(answer.json?["error_type"]?.string?.isEmpty == false, "\(answer)")
    }
}
