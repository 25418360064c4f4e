// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import Testing

@testable import EmbedServer

/// What `GET /info` says of a loaded model is tested with the whole program, in ServeTests.
@Suite(.timeLimit(.minutes(1))) struct InformationTests {
    @Test func namesModelsThatAreNotLoaded() async throws {
        try await TestServer.run(FakeService(ready: false)) { server in
            let response = try await server.connect().get("/info")
            #expect(response.status == 200)
            let json = try response.json()
            #expect(json["model_id"] as? String == "sentence-transformers/fake")
            #expect(json["is_loaded"] as? Bool == false)
            #expect(json["supported_models"] as? [String] == ["sentence-transformers/fake"])
            #expect((json["models"] as? [[String: Any]])?.count == 1)
        }
    }

    /// The names of the OpenAI-compatible service, seeds of every client that reads them.
    @Test func hasTheSettingsOfTheOpenAICompatibleService() async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = { configuration in
            configuration.facts.cudaMemoryFraction = 0.5
            configuration.facts.maxLoadedModels = 3
            configuration.openAI.maxInputs = 16
            configuration.openAI.longTexts = .refuse
        }
        try await TestServer.run(configure: configure) { server in
            let json = try await server.connect().get("/info").json()
            #expect(json["service"] as? String == "embeddings")
            #expect(json["version"] as? String == "1.2.3")
            #expect(json["device"] as? String == "cpu")
            #expect(json["cuda_memory_fraction"] as? Double == 0.5)
            #expect(json["max_loaded_models"] as? Int == 3)
            #expect(json["max_batch_size"] as? Int == 16)
            #expect(json["max_input_tokens"] as? Int == 1002)
            #expect(json["truncate_long_inputs"] as? Bool == false)
        }
    }

    @Test func needsAKeyWhenThereAreKeys() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/info").status == 401)
            #expect(try await client.get("/info", header: "x-api-key: k\r\n").status == 200)
        }
    }
}
