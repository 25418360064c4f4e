// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// What it cuts and what it refuses, and in which words.
extension OpenAIContract {
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
}
