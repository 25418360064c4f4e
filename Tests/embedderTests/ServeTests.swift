// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ServeTests {
    @Test func servesUntilToldToStopAndExitsCleanly() async throws {
        let server = try await RunningServer.start([Program.model, "--served-model-name", "org/tiny"])
        let ready = try await server.get("/health/ready")
        #expect(ready.status == 200)
        let answer = try await server.post("/v1/embeddings", #"{"model":"tiny","input":["a","vector search"]}"#)
        // The served name is the id; its short name is no alias of a directory.
        #expect(answer.status == 400)
        let right = try await server.post("/v1/embeddings", #"{"model":"org/tiny","input":["a","vector search"]}"#)
        #expect(right.status == 200)
        #expect(right.json?["data"]?.count == 2)
        #expect(right.json?["usage"]?["total_tokens"]?.int == 7)
        let health = try Program.run(["health", "--port", "\(server.port)"])
        #expect(health.status == 0)
        #expect(server.stop(SIGTERM) == 0)
        #expect(try Program.run(["health", "--port", "\(server.port)", "--timeout", "1"]).status == 1)
    }

    @Test func asksForAKeyWhenOneIsSet() async throws {
        let server = try await RunningServer.start([Program.model, "--api-key", "planted-secret"])
        let body = #"{"model":"new-format","input":"planted-text"}"#
        #expect(try await server.post("/v1/embeddings", body).status == 401)
        #expect(try await server.post("/v1/embeddings", body, ["Authorization": "Bearer planted-secret"]).status == 200)
        #expect(try await server.get("/health/ready").status == 200)
        #expect(server.stop(SIGINT) == 0)
        #expect(!server.log.contains("planted"))
        #expect(server.log.contains("/v1/embeddings"))
    }

    @Test(arguments: ["float32", "bfloat16"])
    func tellsWhatItServesAndHow(type: String) async throws {
        let server = try await RunningServer.start([Program.model, "--dtype", type])
        let answer = try await server.get("/info")
        #expect(answer.status == 200)
        let json = try #require(answer.json)
        #expect(json["model_id"]?.string == "new-format")
        #expect(json["model_dtype"]?.string == type)
        #expect(json["model_type"]?["embedding"]?["pooling"]?.string == "mean")
        #expect(json["max_input_length"]?.int == 144)
        #expect(json["dimension"]?.int == 32)
        #expect(json["prompts"]?.json == #"{"document":"","query":""}"#)
        #expect(json["default_prompt_name"]?.isNull == true)
        #expect(json["similarity_fn_name"]?.string == "cosine")
        #expect(json["weight_bytes"]?.int ?? 0 > 0)
        #expect(json["arithmetic"]?.string?.isEmpty == false)
        if type == "float32" {
            #expect(json["cosine_to_float32"]?.isNull == true)
        } else {
            let worst = try #require(json["cosine_to_float32"]?["worst"]?.double)
            #expect(worst >= 0.99 && worst < 1)
        }
        #expect((json["models"]?.elements).map { $0.map { $0["model_id"]?.string } } == ["new-format"])
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func endsWhenTheModelIsBroken() throws {
        let folder = try TemporaryDirectory()
        try folder.write(#"{"model_type":"gpt2"}"#, to: "config.json")
        let result = try Program.run(["serve", folder.path, "--port", "0"])
        #expect(result.status != 0)
        #expect(result.errors.contains("config.json: model_type is gpt2; expected albert, bert,"))
    }

    @Test func endsWhenThePortIsTaken() async throws {
        let server = try await RunningServer.start([Program.model])
        let second = try Program.run(["serve", Program.model, "--port", "\(server.port)"])
        #expect(second.status != 0)
        #expect(second.errors.contains("in use"), "\(second.errors)")
        #expect(server.stop(SIGTERM) == 0)
    }
}
