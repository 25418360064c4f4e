// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// Which models requests may name, as the settings say.
@Suite(.timeLimit(.minutes(2))) struct ModelsOnDemandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("", to: "models/org/broken/config.json")
        for name in ["first", "second"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/models/org/\(name)", withDestinationPath: Program.model)
        }
    }

    @Test func loadsWhatARequestNamesIfItIsOnThisMachine() async throws {
        let server = try await start(["org/first"])
        for (name, status) in [
            ("org/first", UInt(200)), ("first", 200), ("org/second", 200), ("second", 200), ("org/third", 400),
            ("../models/org/second", 400), ("\(folder.path)/models/org/second", 400), ("org", 400),
            ("org/broken", 500),
        ] {
            #expect(try await embed(server, name).status == status, "\(name)")
        }
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func loadsNothingElseThanTheAllowlistHas() async throws {
        let list = try folder.write("# mine\r\norg/second # on this machine\r\norg/absent\r\n", to: "list.txt")
        let server = try await start(["org/first", "--allowlist", list])
        #expect(try await listed(server) == ["org/first", "org/second"])
        #expect(try await embed(server, "org/first").status == 200)
        #expect(try await embed(server, "org/second").status == 200)
        #expect(try await embed(server, "org/absent").status == 400)
        let unlisted = try await embed(server, "org/broken")
        #expect(unlisted.status == 400)
        #expect(unlisted.json?["detail"]?.string?.contains("supported_models.txt") == true)
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func givesAContractItsOwnModelAndTheDocumentItsTitle() async throws {
        let file = try folder.write("DEFAULT_MODEL_NAME=org/second\nAPP_NAME='Our \"API\"'\n", to: "my.env")
        let server = try await start(["org/first", "--env-file", file])
        #expect(try await listed(server) == ["org/first", "org/second"])
        let answer = try await server.post("/embeddings", #"{"texts":["a"]}"#)
        #expect(answer.json?["model_name"]?.string == "org/second")
        #expect(try await server.get("/openapi.json").json?["info"]?["title"]?.string == #"Our "API""#)
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func loadsNoMoreModelsAtTheStartThanMayBeLoaded() async throws {
        let server = try await start(["org/first", "org/broken", "--max-loaded-models", "1"])
        #expect(try await embed(server, "org/first").status == 200)
        #expect(try await embed(server, "org/broken").status == 500)
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func takesAllPositionsWhenMoreTokensAreAskedFor() async throws {
        let server = try await start(["org/first", "--max-input-tokens", "100000"])
        #expect(try await server.get("/info").json?["max_input_length"]?.int == 160)
        #expect(server.stop(SIGTERM) == 0)
        #expect(server.log.contains("the model has fewer positions than max-input-tokens asks for"))
    }

    @Test(arguments: [("", UInt(400)), ("EMBEDDINGS_TRUNCATE_INPUTS=true", 200)])
    func refusesLongTextsUnlessToldToCutThem(line: String, status: UInt) async throws {
        let file = try folder.write("EMBEDDINGS_MAX_INPUT_TOKENS=4\n\(line)\n", to: "my.env")
        let server = try await start(["org/first", "--env-file", file])
        let answer = try await server.post("/v1/embeddings", #"{"model":"first","input":"a b c d e f g"}"#)
        #expect(answer.status == status)
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func warnsOfWhatHasNoEffect() async throws {
        let keys = try folder.write("# planted\nplanted-key\n", to: "keys")
        let file = try folder.write(
            "WORKERS=4\nTOKENIZER_MODEL=org/other\nEMBEDDER_API_KEY_FILE=\(keys)\nSECRET_KEY=planted\n", to: "my.env")
        let server = try await start(["org/first", "--env-file", file])
        #expect(try await embed(server, "first").status == 401)
        #expect(server.stop(SIGTERM) == 0)
        for warning in [
            "WORKERS has no effect", "TOKENIZER_MODEL names another model",
            "others than its owner can read the file of API keys",
        ] {
            #expect(server.log.contains(warning), "\(server.log)")
        }
        #expect(!server.log.contains("planted"))
    }

    private func start(_ arguments: [String]) async throws -> RunningServer {
        try await RunningServer.start(arguments + ["--models-dir", "\(folder.path)/models"])
    }

    private func embed(_ server: RunningServer, _ model: String) async throws -> RunningServer.Answer {
        try await server.post("/v1/embeddings", #"{"model":"\#(model)","input":"a"}"#)
    }

    private func listed(_ server: RunningServer) async throws -> [String]? {
        try await server.get("/v1/models").json?["data"]?.elements?.compactMap { $0["id"]?.string }
    }
}
