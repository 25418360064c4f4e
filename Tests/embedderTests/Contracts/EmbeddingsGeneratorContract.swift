// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of the Embeddings Generator, row by row of Documentation/Contracts.md.
///
/// Its clients know no keys. Behind keys they send theirs as `Authorization: Bearer`, because `X-API-Key` beside a body
/// without `texts` is the sign of the Vector Embedder's clients.
@Suite(.timeLimit(.minutes(3))) struct EmbeddingsGeneratorContract {
    private func send(
        _ method: String, _ path: String, _ access: Access, body: String? = nil
    ) async throws -> RunningServer.Answer {
        var headers: [String: String] = body == nil ? [:] : ["Content-Type": "application/json"]
        if access == .keyed { headers["Authorization"] = "Bearer \(ContractServer.key)" }
        return try await ContractServer.shared(access).anonymous(method, path, headers, body: body)
    }

    private func post(_ json: String, _ access: Access = .open) async throws -> RunningServer.Answer {
        try await send("POST", "/embeddings", access, body: json)
    }

    // MARK: Information

    @Test("S4-02 GET / tells about the service", arguments: Access.allCases)
    func tellsAboutItself(access: Access) async throws {
        let answer = try await ContractServer.shared(access).anonymous("GET", "/")
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?.keys == ["docs", "health", "message", "version"], "\(answer)")
        #expect(answer.json?["message"]?.string == "Embeddings Generator API")
        #expect(answer.json?["version"]?.string?.isEmpty == false)
        #expect(answer.json?["docs"]?.string == "/docs")
        #expect(answer.json?["health"]?.string == "/health")
    }

    @Test("S4-02, S4-04 a browser is sent to the documentation") func sendsBrowsersToTheDocumentation() async throws {
        let answer = try await ContractServer.shared(.keyed).anonymous(
            "GET", "/", ["Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"])
        #expect(answer.status == 307, "\(answer)")
        #expect(answer[header: "Location"] == "/docs")
    }

    @Test("S4-03, S4-23 health with the model's status", arguments: Access.allCases)
    func tellsItsHealth(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let first = try await server.anonymous("GET", "/health")
        #expect(first.status == 200, "\(first)")
        for key in ["status", "version", "uptime", "model_loaded"] { #expect(first.json?[key] != nil, "\(key)") }
        #expect(first.json?["model_loaded"]?.bool != nil)
        let second = try await server.anonymous("GET", "/health")
        #expect(try #require(second.json?["uptime"]?.double) >= #require(first.json?["uptime"]?.double))
    }

    // MARK: Vectors

    @Test("S4-06, S4-08 the quick start's request", arguments: Access.allCases)
    func answersTheQuickStart(access: Access) async throws {
        let answer = try await post(#"{"texts":["Hello world","This is a test"],"normalize":true}"#, access)
        #expect(answer.status == 200, "\(answer)")
        let json = try #require(answer.json)
        #expect(json.keys == ["dimensions", "embeddings", "model_name", "processing_time", "total_texts"], "\(answer)")
        #expect(json["model_name"]?.string == ModelsFolder.miniLM)
        #expect(json["dimensions"]?.int == 384)
        #expect(json["total_texts"]?.int == 2)
        #expect(json["processing_time"]?.double ?? -1 >= 0)
        #expect(try answer.embeddings().map(\.count) == [384, 384])
    }

    @Test("S4-07, S4-08 every documented member; only texts is required", arguments: Access.allCases)
    func takesEveryMember(access: Access) async throws {
        let texts = [
            "The quick brown fox jumps over the lazy dog", "Machine learning is fascinating",
            "Natural language processing with transformers",
        ]
        let plain = try await post(#"{"texts":\#(quoted(texts))}"#, access)
        #expect(plain.status == 200, "\(plain)")
        for more in [
            #""model_name":"sentence-transformers/all-MiniLM-L6-v2","normalize":true,"batch_size":16"#,
            #""model_name":null,"batch_size":null"#, #""model_name":"all-MiniLM-L6-v2""#, #""unknown":[1]"#,
        ] {
            let answer = try await post(#"{"texts":\#(quoted(texts)),\#(more)}"#, access)
            #expect(answer.status == 200, "\(more): \(answer)")
            #expect(try answer.embeddings() == plain.embeddings(), "\(more)")
            #expect(answer.json?["total_texts"]?.int == 3)
        }
    }

    @Test("S4-08 the reference's vectors, in order", arguments: Access.allCases)
    func givesTheReferencesVectors(access: Access) async throws {
        let reference = try Reference.miniLM()
        let indices = (0..<reference.texts.count).filter { $0 % 31 == 3 && reference.tokens[$0] < 256 }
        let answer = try await post(#"{"texts":\#(quoted(indices.map { reference.texts[$0] }))}"#, access)
        #expect(answer.status == 200, "\(answer)")
        let vectors = try answer.embeddings()
        try #require(vectors.count == indices.count)
        for (vector, index) in zip(vectors, indices) {
            #expect(largestDifference(vector, reference[index]) <= 1e-4, "text \(index)")
        }
    }

    @Test(
        "S4-09, S4-11, S4-16 normalize, on a model that doesn't by itself and that the request loads",
        arguments: Access.allCases
    )
    func normalisesOrNot(access: Access) async throws {
        let reference = try Reference.small("pooling")
        let texts = quoted(reference.texts)
        for (member, isNormalized) in [(#","normalize":false"#, false), (#","normalize":true"#, true), ("", true)] {
            let answer = try await post(#"{"texts":\#(texts),"model_name":"tests/pooling"\#(member)}"#, access)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.json?["model_name"]?.string == "tests/pooling")
            #expect(answer.json?["dimensions"]?.int == 64)
            for (index, vector) in try answer.embeddings().enumerated() {
                let expected = isNormalized ? normalized(reference[index]) : reference[index]
                #expect(largestDifference(vector, expected) <= 2e-5, "text \(index) \(member)")
            }
        }
    }

    @Test("S4-09 normalize false changes nothing where the model normalises") func staysNormalised() async throws {
        let texts = #"{"texts":["Hello world"],"normalize":"#
        let own = try await post(texts + "false}").embeddings()
        #expect(try await largestDifference(own[0], post(texts + "true}").embeddings()[0]) <= 1e-6)
    }

    @Test("S4-10 batch_size never changes a vector", arguments: Access.allCases)
    func takesAnyBatchSize(access: Access) async throws {
        let texts = quoted((0..<20).map { words(1 + $0 * 7 % 40) + " \($0)" })
        let expected = try await post(#"{"texts":\#(texts)}"#, access).embeddings()
        for size in [1, 2, 4, 16, 64] {
            let answer = try await post(#"{"texts":\#(texts),"batch_size":\#(size)}"#, access)
            #expect(answer.status == 200, "\(answer)")
            for (vector, wanted) in zip(try answer.embeddings(), expected) {
                #expect(largestDifference(vector, wanted) <= 1e-5)
            }
        }
    }

    @Test("S4-28 an empty text is embedded, as any other", arguments: Access.allCases)
    func embedsAnEmptyText(access: Access) async throws {
        let answer = try await post(#"{"texts":["","a"]}"#, access)
        #expect(answer.status == 200, "\(answer)")
        #expect(try answer.embeddings().count == 2)
    }

    // MARK: Limits and errors

    @Test("S4-08, S4-28, S4-35 a hundred texts are served, one more is 422", arguments: Access.allCases)
    func limitsTexts(access: Access) async throws {
        let texts = (0..<101).map { "text \($0)" }
        let most = try await post(#"{"texts":\#(quoted(Array(texts.prefix(100))))}"#, access)
        #expect(most.status == 200, "\(most)")
        #expect(most.json?["total_texts"]?.int == 100)
        let more = try await post(#"{"texts":\#(quoted(texts))}"#, access)
        #expect(more.status == 422, "\(more)")
        #expect(more.json?["detail"]?[0]?["loc"]?[1]?.string == "texts", "\(more)")
    }

    @Test(
        "S4-25, S4-28, S4-35 wrong bodies are 422, and detail names the member", arguments: Access.allCases,
        [
            ("{}", "texts"), (#"{"normalize":true}"#, "texts"), (#"{"texts":[]}"#, "texts"),
            (#"{"texts":"x"}"#, "texts"), (#"{"texts":7}"#, "texts"), (#"{"texts":null}"#, "texts"),
            (#"{"texts":{"a":"b"}}"#, "texts"), (#"{"texts":[7]}"#, "texts"), (#"{"texts":["a",null]}"#, "texts"),
            (#"{"texts":[["a"]]}"#, "texts"), (#"{"texts":["a"],"normalize":"perhaps"}"#, "normalize"),
            (#"{"texts":["a"],"normalize":null}"#, "normalize"), (#"{"texts":["a"],"normalize":[]}"#, "normalize"),
            (#"{"texts":["a"],"batch_size":0}"#, "batch_size"), (#"{"texts":["a"],"batch_size":-1}"#, "batch_size"),
            (#"{"texts":["a"],"batch_size":"x"}"#, "batch_size"), (#"{"texts":["a"],"batch_size":1.5}"#, "batch_size"),
            (#"{"texts":["a"],"model_name":7}"#, "model_name"), (#"{"texts":["a"],"model_name":["x"]}"#, "model_name"),
        ])
    func refusesWrongBodies(access: Access, fault: (body: String, field: String)) async throws {
        let answer = try await post(fault.body, access)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?.keys == ["detail"], "\(answer)")
        let detail = try #require(answer.json?["detail"]?[0], "\(answer)")
        #expect(detail["loc"]?[0]?.string == "body")
        #expect(detail["loc"]?[1]?.string == fault.field, "\(answer)")
        #expect(detail["msg"]?.string?.isEmpty == false)
        #expect(detail["type"]?.string?.isEmpty == false)
    }

    @Test(
        "S4-28 what is no object is 422 with detail",
        arguments: Access.allCases, ["", "[]", "7", #"{"texts":["#, "{"]
    )
    func refusesWhatItCannotRead(access: Access, body: String) async throws {
        let answer = try await post(body, access)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?["detail"]?[0]?["loc"]?[0]?.string == "body", "\(answer)")
    }

    @Test("S4-17 a text over MAX_SEQUENCE_LENGTH tokens is 400", arguments: [("512", 512), ("8", 8)])
    func limitsTokens(limit: (text: String, tokens: Int)) async throws {
        let server = try await ContractServer.start(environment: ["MAX_SEQUENCE_LENGTH": limit.text])
        let longest = try await server.post("/embeddings", #"{"texts":["a","\#(words(limit.tokens - 2))"]}"#)
        #expect(longest.status == 200, "\(longest)")
        let longer = try await server.post("/embeddings", #"{"texts":["a","\#(words(limit.tokens - 1))"]}"#)
        #expect(longer.status == 400, "\(longer)")
        #expect(
            longer.text == #"{"detail":"Text at index 1 exceeds maximum length of \#(limit.tokens) tokens"}"#)
        server.stop()
    }

    @Test("S4-17 between the model's length and 512 tokens a text is cut", arguments: Access.allCases)
    func cutsTexts(access: Access) async throws {
        let answer = try await post(#"{"texts":["\#(words(400))","\#(words(254))"]}"#, access)
        #expect(answer.status == 200, "\(answer)")
        let vectors = try answer.embeddings()
        #expect(largestDifference(vectors[0], vectors[1]) <= 1e-5)
        #expect(answer[header: "x-truncated-inputs"] == "1")
        let over = try await post(#"{"texts":["\#(words(511))"]}"#, access)
        #expect(over.status == 400, "\(over)")
        #expect(over.json?["detail"]?.string == "Text at index 0 exceeds maximum length of 512 tokens")
    }

    @Test(
        "S4-13, S4-26 unknown and broken models: an error that tells nothing of the machine",
        arguments: Access.allCases
    )
    func refusesUnknownModels(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        for (name, status) in [
            ("nobody/nothing", 400), ("/etc/passwd", 400), ("../../etc", 400), (".", 400),
            ("tests/broken", 500),
        ] {
            let answer = try await post(#"{"texts":["a"],"model_name":\#(quoted(name))}"#, access)
            #expect(answer.status == status, "\(name): \(answer)")
            let load = try await send("POST", "/model/load?model_name=\(name)", access)
            #expect(load.status == status, "\(name): \(load)")
            for found in [answer, load] {
                #expect(found.json?["detail"] != nil, "\(name): \(found)")
                for secret in [server.models.path, ".swift", "Traceback", "/root", "/home"] {
                    #expect(!found.text.contains(secret), "\(name): \(found)")
                }
            }
        }
        #expect(try await post(#"{"texts":["a"]}"#, access).status == 200)
    }

    // MARK: Models

    @Test("S4-11, S4-12, S4-13 loading by name, and what /model/info tells then", arguments: Access.allCases)
    func loadsModels(access: Access) async throws {
        for _ in 0..<2 {
            let answer = try await send("POST", "/model/load?model_name=tests/new-format", access)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.text == #"{"message":"Model tests/new-format loaded successfully"}"#)
        }
        let encoded = try await send("POST", "/model/load?model_name=sentence-transformers%2Fall-MiniLM-L6-v2", access)
        #expect(encoded.text == #"{"message":"Model sentence-transformers/all-MiniLM-L6-v2 loaded successfully"}"#)
        let used = try await post(#"{"texts":["a"],"model_name":"tests/new-format"}"#, access)
        #expect(used.json?["dimensions"]?.int == 32, "\(used)")
        let answer = try await send("GET", "/model/info", access)
        #expect(answer.status == 200, "\(answer)")
        let info = try #require(answer.json)
        #expect(
            info.keys == ["embedding_dimensions", "is_loaded", "max_sequence_length", "model_name", "model_type"],
            "\(answer)")
        #expect(info["model_name"]?.string == "tests/new-format")
        #expect(info["model_type"]?.string == "sentence-transformer")
        #expect(info["max_sequence_length"]?.int == 144)
        #expect(info["embedding_dimensions"]?.int == 32)
        #expect(info["is_loaded"]?.bool == true)
    }

    @Test("S4-13, S4-35 loading without a name is 422", arguments: Access.allCases)
    func asksForAName(access: Access) async throws {
        let answer = try await send("POST", "/model/load", access)
        #expect(answer.status == 422, "\(answer)")
        #expect(answer.json?["detail"]?[0]?["loc"]?.elements?.map(\.string) == ["query", "model_name"], "\(answer)")
        #expect(answer.json?["detail"]?[0]?["type"]?.string == "missing")
    }

    @Test(
        "S4-14, S4-35 unloading gives memory back; the next request of any contract loads again",
        arguments: Access.allCases
    )
    func unloads(access: Access) async throws {
        let server = try await ContractServer.start(access: access)
        let before = try await server.post("/embed", #"{"text":"a"}"#)
        #expect(before.status == 200, "\(before)")
        let loaded = try server.residentBytes()
        for _ in 0..<2 {
            let answer = try await server.send("POST", "/model/unload")
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.text == #"{"message":"Model unloaded successfully"}"#)
        }
        #expect(try server.residentBytes() < loaded - 30_000_000, "the weights have 90 MB")
        #expect(try await server.get("/health").json?["model_loaded"]?.bool == false)
        let info = try await server.get("/model/info")
        #expect(info.status == 503, "\(info)")
        #expect(
            info.text
                == #"{"detail":"No model is currently loaded. Model will be loaded on first embedding request."}"#)
        #expect(try await server.get("/health/ready").status == 200)
        #expect(try await server.get("/healthcheck").status == 200)
        let after = try await server.post("/embed", #"{"text":"a"}"#)
        #expect(after.status == 200, "\(after)")
        #expect(after.body == before.body)
        #expect(try await server.get("/health").json?["model_loaded"]?.bool == true)
        #expect(try await server.get("/model/info").status == 200)
        server.stop()
    }

    @Test("S4-14 unloading one model by name leaves the others") func unloadsOne() async throws {
        let server = try await ContractServer.start(["tests/new-format", "tests/dense"])
        for name in ["tests/new-format", "tests/dense"] {
            let answer = try await server.post("/embeddings", #"{"texts":["a"],"model_name":"\#(name)"}"#)
            #expect(answer.status == 200, "\(answer)")
        }
        let answer = try await server.send("POST", "/model/unload?model_name=tests/dense")
        #expect(answer.status == 200, "\(answer)")
        #expect(try await server.get("/model/info").json?["model_name"]?.string == "tests/new-format")
        #expect(try await server.get("/health").json?["model_loaded"]?.bool == true)
        server.stop()
    }

    // MARK: Settings

    @Test("S4-18, S4-30, S4-34 its variables: model, cache, port, version, workers")
    func readsItsEnvironment() async throws {
        let models = try ModelsFolder()
        let port = try FreePort.any()
        let server = try await RunningServer.start(
            environment: [
                "DEFAULT_MODEL_NAME": "tests/pooling", "MODEL_CACHE_DIR": models.path, "PORT": "\(port)",
                "HOST": "127.0.0.1", "APP_NAME": "Mine", "APP_VERSION": "9.8.7", "WORKERS": "1", "DEBUG": "false",
                "MAX_BATCH_SIZE": "4", "LOG_LEVEL": "INFO",
            ], directory: models.workingDirectory, choosesPort: false)
        #expect(server.port == port)
        #expect(try await server.get("/").json?["version"]?.string == "9.8.7")
        let answer = try await server.post("/embeddings", #"{"texts":["a","b"]}"#)
        #expect(answer.json?["model_name"]?.string == "tests/pooling", "\(answer)")
        #expect(server.stop() == 0)
    }

    @Test("S4-24 log lines are JSON with levels, and hold no texts", arguments: ["debug", "INFO", "error"])
    func logsAtTheLevel(level: String) async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["LOG_LEVEL": level], port: FreePort.any())
        #expect(try await server.post("/embeddings", #"{"texts":["planted text"]}"#).status == 200)
        server.stop()
        let lines = server.log.split(separator: "\n")
        for line in lines {
            let json = try #require(try? JSONDocument(parsing: Array(line.utf8)).root, "\(line)")
            #expect(json["level"]?.string != nil && json["message"]?.string != nil, "\(line)")
        }
        #expect(lines.contains { $0.contains(#""level":"info""#) } == (level != "error"))
        #expect(!server.log.contains("planted"))
    }

    // MARK: CORS

    @Test("S4-29 pages of any origin may call", arguments: Access.allCases)
    func answersOtherOrigins(access: Access) async throws {
        let origin = ["Origin": "https://example.org"]
        let server = try await ContractServer.shared(access)
        for answer in [
            try await server.get("/health", origin), try await server.post("/embeddings", #"{"texts":["a"]}"#, origin),
            try await server.get("/unknown", origin), try await server.anonymous("POST", "/v1/embeddings", origin),
        ] {
            #expect(answer[header: "Access-Control-Allow-Origin"] == "*", "\(answer)")
            #expect(answer[header: "Access-Control-Allow-Credentials"] == nil)
        }
        for path in ["/embeddings", "/v1/embeddings", "/embed", "/model/unload", "/nowhere"] {
            let preflight = try await server.anonymous(
                "OPTIONS", path,
                [
                    "Origin": "https://example.org", "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "content-type, x-api-key",
                ])
            #expect(preflight.status == 200, "\(path): \(preflight)")
            #expect(preflight[header: "Access-Control-Allow-Origin"] == "*")
            #expect(
                preflight[header: "Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
            #expect(preflight[header: "Access-Control-Allow-Headers"] == "content-type, x-api-key")
            #expect(preflight[header: "Access-Control-Max-Age"] == "600")
        }
    }

    @Test("S4-29 --cors-allow-origin keeps to a list, or to none") func keepsToItsOrigins() async throws {
        let listed = try await ContractServer.start(
            [
                "tests/new-format", "--cors-allow-origin", "https://a.example", "--cors-allow-origin",
                "https://b.example",
            ])
        let allowed = try await listed.get("/health", ["Origin": "https://b.example"])
        #expect(allowed[header: "Access-Control-Allow-Origin"] == "https://b.example")
        #expect(allowed[header: "Vary"]?.lowercased().contains("origin") == true, "\(allowed.headers)")
        let other = try await listed.get("/health", ["Origin": "https://c.example"])
        #expect(other[header: "Access-Control-Allow-Origin"] == nil)
        #expect(other.status == 200)
        listed.stop()
        let closed = try await ContractServer.start(["tests/new-format", "--cors-allow-origin", "none"])
        let answer = try await closed.get("/health", ["Origin": "https://a.example"])
        #expect(answer[header: "Access-Control-Allow-Origin"] == nil)
        closed.stop()
    }
}
