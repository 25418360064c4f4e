// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of "Embeddings", the OpenAI-compatible service, row by row of Documentation/Contracts.md.
@Suite(.timeLimit(.minutes(3))) struct OpenAIContract {
    private static let model = ModelsFolder.miniLM

    private func embed(
        _ input: String, _ more: String = "", model: String = model, access: Access = .open
    ) async throws -> RunningServer.Answer {
        try await ContractServer.shared(access).post(
            "/v1/embeddings", #"{"model":\#(quoted(model)),"input":\#(input)\#(more)}"#)
    }

    // MARK: Inputs

    @Test(
        "S1-01, S1-02, S1-11 a string gives one item, with everything OpenAI's answer has",
        arguments: Access.allCases
    )
    func embedsAString(access: Access) async throws {
        let answer = try await embed(#""Hello world""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        let json = try #require(answer.json)
        #expect(json.keys == ["data", "model", "object", "usage"])
        #expect(json["object"]?.string == "list")
        #expect(json["model"]?.string == Self.model)
        #expect(json["usage"]?.keys == ["prompt_tokens", "total_tokens"])
        #expect(json["usage"]?["prompt_tokens"]?.int == 4)
        #expect(json["usage"]?["total_tokens"]?.int == 4)
        #expect(json["data"]?.count == 1)
        let item = try #require(json["data"]?[0])
        #expect(item["object"]?.string == "embedding")
        #expect(item["index"]?.int == 0)
        #expect(item["embedding"]?.floats?.count == 384)
        #expect(answer[header: "x-truncated-inputs"] == nil)
    }

    @Test(
        "S1-03, S1-12, S1-14, S1-16 a list gives one item each, in order, the reference's",
        arguments: Access.allCases
    )
    func embedsAList(access: Access) async throws {
        let reference = try Reference.miniLM()
        let indices = Array(stride(from: 0, to: reference.texts.count, by: 53))
        let answer = try await embed(quoted(indices.map { reference.texts[$0] }), access: access)
        #expect(answer.status == 200, "\(answer)")
        let vectors = try answer.openAIVectors()
        try #require(vectors.count == indices.count)
        for (position, index) in indices.enumerated() {
            #expect(largestDifference(vectors[position], reference[index]) <= 1e-4, "text \(index)")
            #expect(answer.json?["data"]?[position]?["index"]?.int == position)
        }
        let sum = indices.map { reference.tokens[$0] }.reduce(0, +)
        #expect(answer.json?["usage"]?["prompt_tokens"]?.int == sum, "padding is not counted")
    }

    @Test("S1-03, S1-14, S1-15 the same vector alone, beside a long text, and again", arguments: Access.allCases)
    func doesNotDependOnItsNeighbours(access: Access) async throws {
        let alone = try await embed(#""a short text""#, access: access).openAIVectors()
        let again = try await embed(#""a short text""#, access: access).openAIVectors()
        #expect(alone == again)
        let beside = try await embed(quoted([words(250), "a short text", ""]), access: access).openAIVectors()
        #expect(largestDifference(beside[1], alone[0]) <= 1e-5)
        #expect(beside.allSatisfy { abs(norm($0) - 1) < 1e-3 })
    }

    @Test("S1-04, S1-05 token ids, one input or several", arguments: Access.allCases)
    func embedsTokenIDs(access: Access) async throws {
        let text = try await embed(#""Hello world""#, access: access).openAIVectors()
        let one = try await embed("[101,7592,2088,102]", access: access)
        #expect(one.status == 200, "\(one)")
        #expect(one.json?["usage"]?["total_tokens"]?.int == 4)
        #expect(try one.openAIVectors().count == 1)
        #expect(try largestDifference(one.openAIVectors()[0], text[0]) <= 1e-5)
        let two = try await embed("[[101,7592,102],[101,7592,2088,102]]", access: access)
        #expect(two.status == 200, "\(two)")
        #expect(two.json?["usage"]?["prompt_tokens"]?.int == 7)
        #expect(try two.openAIVectors().count == 2)
        #expect(try largestDifference(two.openAIVectors()[1], text[0]) <= 1e-5)
    }

    @Test("S1-04, S1-13 ids of other tokenizers are refused", arguments: ["[7592,2088]", "[15339,1917]", "[[101]]"])
    func refusesUnframedIDs(input: String) async throws {
        let answer = try await embed(input)
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.text.contains("check_embedding_ctx_length=False"), "\(answer)")
    }

    @Test("S1-04 --token-ids any takes every id of the vocabulary") func takesAnyIDs() async throws {
        let server = try await ContractServer.start(["tests/new-format", "--token-ids", "any"])
        let answer = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":[7]}"#)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?["usage"]?["total_tokens"]?.int == 1)
        server.stop()
    }

    @Test("S1-12 usage counts as the model's tokenizer does", arguments: Access.allCases)
    func countsTokens(access: Access) async throws {
        let reference = try Reference.miniLM()
        for index in stride(from: 5, to: reference.texts.count, by: 111) {
            let answer = try await embed(quoted(reference.texts[index]), access: access)
            #expect(answer.json?["usage"]?["prompt_tokens"]?.int == reference.tokens[index], "text \(index): \(answer)")
        }
    }

    @Test("S1-41 an empty string is embedded, usage 2", arguments: Access.allCases)
    func embedsAnEmptyString(access: Access) async throws {
        let answer = try await embed(#""""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?["usage"]?["total_tokens"]?.int == 2)
    }

    @Test("S1-10, S1-41 user and unknown members are ignored", arguments: Access.allCases)
    func ignoresTheUser(access: Access) async throws {
        let plain = try await embed(#""a""#, access: access).openAIVectors()
        let answer = try await embed(#""a""#, #","user":"me","unknown":{"x":[1]},"dimensions":null"#, access: access)
        #expect(answer.status == 200, "\(answer)")
        #expect(try answer.openAIVectors() == plain)
    }

    @Test("S1-11 the long id and the short name give the same, each echoed", arguments: Access.allCases)
    func echoesTheName(access: Access) async throws {
        let long = try await embed(#""a""#, access: access)
        let short = try await embed(#""a""#, model: "all-MiniLM-L6-v2", access: access)
        #expect(short.status == 200, "\(short)")
        #expect(short.json?["model"]?.string == "all-MiniLM-L6-v2")
        #expect(try long.openAIVectors() == short.openAIVectors())
    }

    // MARK: Formats and dimensions

    @Test("S1-08, S1-34, S1-41 float by default; base64 holds the same numbers", arguments: Access.allCases)
    func writesFloatsAndBase64(access: Access) async throws {
        let input = quoted(["First text", "Second text"])
        let floats = try await embed(input, access: access).openAIVectors()
        for format in [#""float""#, "null", #""""#] {
            let answer = try await embed(input, #","encoding_format":\#(format)"#, access: access)
            #expect(answer.status == 200, "\(format): \(answer)")
            #expect(try answer.openAIVectors() == floats, "\(format)")
        }
        let answer = try await embed(input, #","encoding_format":"base64""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        for index in 0..<2 {
            let decoded = try #require(answer.json?["data"]?[index]?["embedding"]?.base64Floats, "\(answer)")
            #expect(decoded.count == 384)
            #expect(largestDifference(decoded, floats[index]) <= 1e-7)
        }
    }

    @Test("S1-09 dimensions cuts and normalises again", arguments: Access.allCases, [1, 78, 383, 384])
    func cutsVectors(access: Access, dimensions: Int) async throws {
        let input = quoted(["First text", "Second text"])
        let whole = try await embed(input, access: access).openAIVectors()
        let answer = try await embed(input, #","dimensions":\#(dimensions)"#, access: access)
        #expect(answer.status == 200, "\(answer)")
        let packed = try await embed(input, #","dimensions":\#(dimensions),"encoding_format":"base64""#, access: access)
        for (index, vector) in try answer.openAIVectors().enumerated() {
            #expect(vector.count == dimensions)
            #expect(largestDifference(vector, normalized(Array(whole[index].prefix(dimensions)))) <= 1e-6)
            let decoded = try #require(packed.json?["data"]?[index]?["embedding"]?.base64Floats, "\(packed)")
            #expect(largestDifference(decoded, vector) <= 1e-7)
        }
    }

    @Test("S1-09 --matryoshka plain leaves the bare prefix") func cutsPlainly() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["EMBEDDER_MATRYOSHKA": "plain"])
        let body = #"{"model":"tests/new-format","input":"vector search""#
        let whole = try await server.post("/v1/embeddings", body + "}").openAIVectors()
        let cut = try await server.post("/v1/embeddings", body + #","dimensions":5}"#).openAIVectors()
        #expect(cut == [Array(whole[0].prefix(5))])
        server.stop()
    }

    @Test("S1-14, S1-15 always normalised; --pooling mean is mean and L2 for every model")
    func normalisesAlways() async throws {
        let own = try await ContractServer.start(["tests/pooling"])
        let mean = try await ContractServer.start(["tests/pooling", "--pooling", "mean"])
        for (server, tensor) in [(own, "vectors"), (mean, "vectors.mean")] {
            let reference = try Reference.small("pooling", tensor: tensor)
            let answer = try await server.post(
                "/v1/embeddings", #"{"model":"tests/pooling","input":\#(quoted(reference.texts))}"#)
            #expect(answer.status == 200, "\(answer)")
            for (index, vector) in try answer.openAIVectors().enumerated() {
                #expect(largestDifference(vector, normalized(reference[index])) <= 2e-5, "\(tensor), text \(index)")
            }
            server.stop()
        }
    }

    // MARK: Long texts

    @Test("S1-44 over-long texts are cut, and the answer says how many", arguments: Access.allCases)
    func cutsAndTells(access: Access) async throws {
        let answer = try await embed(quoted([words(300), "short", words(900)]), access: access)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer[header: "x-truncated-inputs"] == "2")
        #expect(answer.json?["usage"]?["total_tokens"]?.int == 256 + 3 + 256)
        let same = try await embed(quoted(words(254)), access: access).openAIVectors()
        #expect(try largestDifference(answer.openAIVectors()[0], same[0]) <= 1e-5)
    }

    @Test(
        "S1-40, S1-44 EMBEDDINGS_MAX_INPUT_TOKENS, with and without EMBEDDINGS_TRUNCATE_INPUTS",
        arguments: ["true", "false", ""]
    )
    func limitsTokens(cuts: String) async throws {
        let server = try await ContractServer.start(environment: [
            "EMBEDDINGS_MAX_INPUT_TOKENS": "8", "EMBEDDINGS_TRUNCATE_INPUTS": cuts,
        ])
        let fitting = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"\#(words(6))"}"#)
        #expect(fitting.status == 200, "\(fitting)")
        #expect(fitting.json?["usage"]?["total_tokens"]?.int == 8)
        let long = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"\#(words(7))"}"#)
        if cuts == "true" {
            #expect(long.status == 200, "\(long)")
            #expect(long.json?["usage"]?["total_tokens"]?.int == 8)
        } else {
            #expect(long.status == 400, "\(long)")
            #expect(
                long.json?["detail"]?.string
                    == "input exceeds max token limit (8). Set EMBEDDINGS_TRUNCATE_INPUTS=true to truncate.")
        }
        server.stop()
    }

    @Test("S1-40, S1-44 --truncate refuse") func refusesLongTexts() async throws {
        let server = try await ContractServer.start(["--truncate", "refuse"])
        let answer = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"\#(words(300))"}"#)
        #expect(answer.status == 400, "\(answer)")
        #expect(
            answer.json?["detail"]?.string
                == "input exceeds max token limit (256). Set EMBEDDINGS_TRUNCATE_INPUTS=true to truncate.")
        server.stop()
    }

    // MARK: Errors

    @Test(
        "S1-06, S1-07, S1-08, S1-09, S1-41 schema errors are 422 with a list in detail", arguments: Access.allCases,
        [
            (#"{"input":"a"}"#, "missing", "model"), (#"{"model":"m"}"#, "missing", "input"),
            ("{}", "missing", "model"),
            (#"{"model":7,"input":"a"}"#, "string_type", "model"),
            (#"{"model":"m","input":7}"#, "", "input"), (#"{"model":"m","input":true}"#, "", "input"),
            (#"{"model":"m","input":null}"#, "", "input"), (#"{"model":"m","input":{"a":"b"}}"#, "", "input"),
            (#"{"model":"m","input":["a",1]}"#, "", "input"), (#"{"model":"m","input":[1,"a"]}"#, "", "input"),
            (#"{"model":"m","input":[["a"]]}"#, "", "input"), (#"{"model":"m","input":[1.5]}"#, "", "input"),
            (#"{"model":"m","input":[true]}"#, "", "input"), (#"{"model":"m","input":[[101],"a"]}"#, "", "input"),
            (#"{"model":"m","input":[null]}"#, "", "input"), (#"{"model":"m","input":[[101,true]]}"#, "", "input"),
            (#"{"model":"m","input":"a","encoding_format":"hex"}"#, "", "encoding_format"),
            (#"{"model":"m","input":"a","encoding_format":7}"#, "", "encoding_format"),
            (#"{"model":"m","input":"a","dimensions":0}"#, "", "dimensions"),
            (#"{"model":"m","input":"a","dimensions":-1}"#, "", "dimensions"),
            (#"{"model":"m","input":"a","dimensions":"many"}"#, "", "dimensions"),
        ])
    func refusesWrongSchemas(access: Access, fault: (body: String, type: String, field: String)) async throws {
        let server = try await ContractServer.shared(access)
        let body = fault.body.replacingOccurrences(of: #""m""#, with: #""\#(Self.model)""#)
        let answer = try await server.post("/v1/embeddings", body)
        #expect(answer.status == 422, "\(answer)")
        let detail = try #require(answer.json?["detail"]?[0], "\(answer)")
        #expect(detail.keys == ["input", "loc", "msg", "type"], "\(answer)")
        #expect(detail["loc"]?[0]?.string == "body")
        #expect(detail["loc"]?[1]?.string == fault.field, "\(answer)")
        #expect(detail["msg"]?.string?.isEmpty == false)
        if fault.type.isEmpty {
            #expect(detail["type"]?.string?.isEmpty == false)
        } else {
            #expect(detail["type"]?.string == fault.type)
        }
        #expect(
            answer.json?["error"]?.keys == ["code", "message", "param", "type"], "OpenAI's form beside it: \(answer)")
    }

    @Test(
        "S1-06, S1-13, S1-41 what the schema allows and the service refuses is 400", arguments: Access.allCases,
        [
            (#"{"model":"m","input":[]}"#, "input must not be empty"),
            (#"{"model":"m","input":[[]]}"#, "input token array must not be empty"),
            (#"{"model":"m","input":"a","dimensions":385}"#, "dimensions must be <= 384"),
            (#"{"model":"m","input":[101,10000000,102]}"#, ""), (#"{"model":"m","input":[101,-1,102]}"#, ""),
            (#"{"model":"nobody/nothing","input":"a"}"#, "Model 'nobody/nothing' does not exist"),
            (#"{"model":"../all-MiniLM-L6-v2","input":"a"}"#, ""), (#"{"model":"/etc","input":"a"}"#, ""),
            (#"{"model":"m","input":"a""#, ""), ("", ""),
        ])
    func refusesWrongValues(access: Access, fault: (body: String, detail: String)) async throws {
        let server = try await ContractServer.shared(access)
        let body = fault.body.replacingOccurrences(of: #""m""#, with: #""\#(Self.model)""#)
        let answer = try await server.post("/v1/embeddings", body)
        #expect(answer.status == 400, "\(answer)")
        let detail = try #require(answer.json?["detail"]?.string, "\(answer)")
        if !fault.detail.isEmpty { #expect(detail == fault.detail) }
        #expect(answer.json?["error"]?.keys == ["code", "message", "param", "type"], "\(answer)")
        #expect(try await embed(#""still here""#, access: access).status == 200)
    }

    @Test("S1-41 unknown paths are 404", arguments: Access.allCases)
    func knowsNoOtherPaths(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        for path in ["/unknown", "/embedding", "/v2/embeddings"] {
            let answer = try await server.get(path)
            #expect(answer.status == 404, "\(path): \(answer)")
            #expect(answer.text == #"{"detail":"Not Found"}"#, "\(path)")
        }
        let below = try await server.post("/v1/unknown", "{}")
        #expect(below.status == 404)
        #expect(below.json?["detail"]?.string == "Not Found", "\(below)")
    }

    @Test("S1-40, S1-41 EMBEDDINGS_MAX_BATCH_SIZE limits the inputs of a request") func limitsInputs() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["EMBEDDINGS_MAX_BATCH_SIZE": "2"])
        let two = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":["a","b"]}"#)
        #expect(two.status == 200, "\(two)")
        let three = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":["a","b","c"]}"#)
        #expect(three.status == 400, "\(three)")
        #expect(three.json?["detail"]?.string == "input exceeds MAX_BATCH_SIZE")
        server.stop()
    }

    @Test(
        "S1-30, S1-42 a bad setting stops the start and is named",
        arguments: [
            ("EMBEDDINGS_MAX_BATCH_SIZE", "0"), ("EMBEDDINGS_MAX_BATCH_SIZE", "x"),
            ("EMBEDDINGS_MAX_INPUT_TOKENS", "0"),
            ("EMBEDDINGS_MAX_LOADED_MODELS", "0"), ("EMBEDDINGS_TRUNCATE_INPUTS", "maybe"),
            ("EMBEDDINGS_CUDA_MEMORY_FRACTION", "1.5"), ("EMBEDDINGS_CUDA_MEMORY_FRACTION", "0"),
            ("EMBEDDINGS_BITSANDBYTES", "16bit"), ("EMBEDDINGS_BITSANDBYTES", "8bit"), ("EMBEDDINGS_DEVICE", "cuda"),
            ("EMBEDDINGS_PORT", "70000"), ("PORT", "http"), ("MAX_TEXTS_PER_BATCH", "0"), ("MAX_BATCH_SIZE", "-1"),
            ("MAX_SEQUENCE_LENGTH", "0"), ("MODEL_SEQ_LEN", "long"), ("LOG_LEVEL", "loud"),
            ("EMBEDDER_MODELS_FORMAT", "xml"), ("EMBEDDER_MATRYOSHKA", "russian"),
        ])
    func stopsAtABadSetting(name: String, value: String) async throws {
        let models = try ModelsFolder()
        do {
            let server = try await RunningServer.start(
                ["tests/new-format"], environment: models.environment.merging([name: value]) { $1 },
                directory: models.workingDirectory,
                choosesPort: !name.hasSuffix("PORT"), waitsUntilReady: false)
            server.stop(SIGKILL)
            Issue.record("the server started with \(name)=\(value)")
        } catch let error as TestSupportError {
            #expect(error.description.contains(name), "\(error)")
        }
    }

    // MARK: Models

    @Test("S1-06, S1-17 only models of supported_models.txt, which may have comments")
    func keepsToTheList() async throws {
        let models = try ModelsFolder()
        let list = try models.write("# allowed\n\n\(Self.model)  # English\n", to: "supported_models.txt")
        let refusal = "Model is not in supported_models.txt. Update the file or choose a supported model."
        let body = #"{"model":"tests/new-format","input":"a"}"#
        let server = try await ContractServer.start(["--allowlist", list], models: models)
        let refused = try await server.post("/v1/embeddings", body)
        #expect(refused.status == 400, "\(refused)")
        #expect(refused.json?["detail"]?.string == refusal, "\(refused)")
        let other = try await server.post("/embeddings", #"{"texts":["a"],"model_name":"tests/new-format"}"#)
        #expect(other.status == 400, "\(other)")
        #expect(other.json?["detail"]?.string?.isEmpty == false, "\(other)")
        let loading = try await server.post("/model/load?model_name=tests/new-format", "")
        #expect(loading.status == 400, "\(loading)")
        let allowed = try await server.post("/v1/embeddings", #"{"model":"\#(Self.model)","input":"a"}"#)
        #expect(allowed.status == 200, "\(allowed)")
        #expect(try await server.get("/info").json?["supported_models"]?.count == 1)
        server.stop()
        try models.write("\(Self.model)\ntests/new-format # small\n", to: "supported_models.txt")
        let restarted = try await ContractServer.start(["--allowlist", list], models: models)
        let answer = try await restarted.post("/v1/embeddings", body)
        #expect(answer.status == 200, "\(answer)")
        restarted.stop()
    }

    @Test("S1-40 with EMBEDDINGS_MAX_LOADED_MODELS=1 the model used before is unloaded")
    func unloadsTheOther() async throws {
        let server = try await ContractServer.start(environment: ["EMBEDDINGS_MAX_LOADED_MODELS": "1"])
        #expect(try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"a"}"#).status == 200)
        let large = try server.residentBytes()
        let small = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":"a"}"#)
        #expect(small.status == 200, "\(small)")
        #expect(try await server.get("/model/info").json?["model_name"]?.string == "tests/new-format")
        #expect(try server.residentBytes() < large - 30_000_000, "the weights have 90 MB")
        let back = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"iPhone"}"#)
        #expect(back.status == 200, "\(back)")
        #expect(try largestDifference(back.openAIVectors()[0].prefix(3), [-0.028786, 0.024761, 0.066526]) < 1e-5)
        server.stop()
    }

    @Test("S1-06 a name is never a path, even where there is a directory of that name") func takesNoPaths() async throws
    {
        let models = try ModelsFolder()
        try models.write("{}", to: "local/model/config.json")
        let server = try await ContractServer.start(["tests/new-format"], models: models)
        for name in ["local/model", "./local/model", Fixtures.path("Models/pooling"), "models/tests/pooling"] {
            let answer = try await server.post("/v1/embeddings", #"{"model":\#(quoted(name)),"input":"a"}"#)
            #expect(answer.status == 400, "\(name): \(answer)")
        }
        server.stop()
    }

    // MARK: Other paths and settings

    @Test(
        "S1-36, S4-01, S4-04, S4-05 documentation for everyone, without a word from other hosts",
        arguments: Access.allCases
    )
    func servesItsDocumentation(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        for path in ["/docs", "/redoc"] {
            let page = try await server.anonymous("GET", path)
            #expect(page.status == 200, "\(path): \(page)")
            #expect(page[header: "Content-Type"]?.hasPrefix("text/html") == true)
            #expect(
                page.text.firstMatch(of: /(src|href)=["']?(https?:)?\/\//) == nil, "\(path) loads from another host")
        }
        for path in ["/openapi.json", "/api-doc/openapi.json"] {
            let answer = try await server.anonymous("GET", path)
            #expect(answer.status == 200, "\(path): \(answer)")
            #expect(answer.json?["openapi"]?.string?.hasPrefix("3.") == true, "\(answer)")
            for (route, method) in [
                ("/v1/embeddings", "post"), ("/v1/models", "get"), ("/", "get"), ("/health", "get"),
                ("/health/ready", "get"), ("/healthcheck", "get"), ("/embeddings", "post"),
                ("/embeddings/batch", "post"),
                ("/embeddings/image", "post"), ("/embeddings/image/batch", "post"), ("/embed", "post"),
                ("/model/info", "get"), ("/model/load", "post"), ("/model/unload", "post"), ("/metrics", "get"),
                ("/info", "get"), ("/tokenize", "post"), ("/similarity", "post"),
            ] {
                #expect(answer.json?["paths"]?[route]?[method] != nil, "\(method) \(route)")
            }
        }
    }

    @Test("S1-39 /health, and every field of /info", arguments: Access.allCases)
    func tellsItsSettings(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        #expect(try await server.get("/health").json?["status"]?.string == "ok")
        let answer = try await server.get("/info")
        #expect(answer.status == 200, "\(answer)")
        let info = try #require(answer.json)
        #expect(info["service"]?.string?.isEmpty == false, "\(answer)")
        #expect(info["version"]?.string?.isEmpty == false)
        #expect(info["device"]?.string == "cpu")
        #expect(info["cuda_memory_fraction"]?.isNull == true)
        #expect(info["max_batch_size"]?.int ?? 0 >= 100, "\(answer)")
        #expect(info["max_input_tokens"]?.int == 256, "\(answer)")
        #expect(info["truncate_long_inputs"]?.bool == true)
        #expect(info["max_loaded_models"] != nil)
        #expect(info["supported_models"]?.elements?.compactMap(\.string).contains(Self.model) == true, "\(answer)")
    }

    @Test("S1-40 /info shows what the environment sets") func tellsTheEnvironmentsSettings() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"],
            environment: [
                "EMBEDDINGS_DEVICE": "cpu", "EMBEDDINGS_CUDA_MEMORY_FRACTION": "0.5",
                "EMBEDDINGS_MAX_LOADED_MODELS": "3",
                "EMBEDDINGS_MAX_BATCH_SIZE": "7", "EMBEDDINGS_MAX_INPUT_TOKENS": "100",
                "EMBEDDINGS_TRUNCATE_INPUTS": "no", "EMBEDDINGS_BITSANDBYTES": "",
            ])
        let answer = try await server.get("/info")
        let info = try #require(answer.json)
        #expect(info["device"]?.string == "cpu", "\(answer)")
        #expect(info["cuda_memory_fraction"]?.double == 0.5, "\(answer)")
        #expect(info["max_loaded_models"]?.int == 3, "\(answer)")
        #expect(info["max_batch_size"]?.int == 7, "\(answer)")
        #expect(info["max_input_tokens"]?.int == 100, "\(answer)")
        #expect(info["truncate_long_inputs"]?.bool == false, "\(answer)")
        server.stop()
    }

    @Test("S1-19, S1-27, S1-28 .env is read, the environment wins, and tokens are never logged")
    func readsTheEnvironmentFile() async throws {
        let models = try ModelsFolder()
        let port = try FreePort.any()
        try models.write(
            """
            # Comment
            EMBEDDINGS_PORT=\(port)
            EMBEDDINGS_MAX_BATCH_SIZE="2"
            EMBEDDINGS_MAX_INPUT_TOKENS=100
            HF_TOKEN=hf_planted_secret

            """, to: ".env")
        let server = try await ContractServer.start(
            ["tests/new-format", "--log-level", "trace"],
            environment: ["EMBEDDINGS_MAX_INPUT_TOKENS": "50"], models: models, choosesPort: false)
        #expect(server.port == port)
        let info = try await server.get("/info")
        #expect(info.json?["max_batch_size"]?.int == 2, "\(info)")
        #expect(info.json?["max_input_tokens"]?.int == 50, "\(info)")
        #expect(!server.log.contains("planted"))
        server.stop()
    }

    @Test("S1-28 EMBEDDINGS_PORT comes before PORT") func prefersItsOwnPort() async throws {
        let port = try FreePort.any()
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["EMBEDDINGS_PORT": "\(port)", "PORT": "\(try FreePort.any())"],
            choosesPort: false)
        #expect(server.port == port)
        server.stop()
    }

    @Test("S1-35 the three requests of its test scripts", arguments: Access.allCases)
    func answersItsTestScripts(access: Access) async throws {
        #expect(try await embed(#""A simple sentence""#, access: access).openAIVectors()[0].count == 384)
        let packed = try await embed(
            #""The quick brown fox jumps over the lazy dog""#, #","encoding_format":"base64""#, access: access)
        #expect(packed.json?["data"]?[0]?["embedding"]?.base64Floats?.count == 384, "\(packed)")
        let batch = try await embed(
            #"["First text for embeddings","Second text for embeddings","Third text for embeddings"]"#, access: access)
        #expect(try batch.openAIVectors().count == 3)
    }

    @Test("S1-37 a key is asked for in every form of the header, in OpenAI's words")
    func asksForAKey() async throws {
        let server = try await ContractServer.shared(.keyed)
        let body = #"{"model":"\#(Self.model)","input":"a"}"#
        let json = ["Content-Type": "application/json"]
        for headers in [[:], ["Authorization": "Bearer wrong"], ["X-API-Key": "wrong"], ["api-key": ""]] {
            let answer = try await server.anonymous("POST", "/v1/embeddings", json.merging(headers) { $1 }, body: body)
            #expect(answer.status == 401, "\(headers): \(answer)")
            #expect(answer.json?["error"]?["code"]?.string == "invalid_api_key", "\(answer)")
            #expect(answer.json?["detail"]?.string?.isEmpty == false)
            #expect(answer[header: "WWW-Authenticate"] != nil)
        }
        for headers in [
            ["Authorization": "Bearer \(ContractServer.otherKey)"], ["X-API-Key": ContractServer.key],
            ["api-key": ContractServer.otherKey],
        ] {
            let answer = try await server.anonymous("POST", "/v1/embeddings", json.merging(headers) { $1 }, body: body)
            #expect(answer.status == 200, "\(headers): \(answer)")
        }
    }
}
