// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// Which models it serves, its other paths, and what its environment sets.
extension OpenAIContract {
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
