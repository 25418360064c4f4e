// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The program and a Hub on this machine.
@Suite(.timeLimit(.minutes(2))) struct HubModelsTests {
    private static let token = "hf_planted"
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    @Test func pullsListsAndRemoves() async throws {
        let hub = try await Self.hub()
        let pulled = try run(hub, ["pull", "org/name"])
        #expect(pulled.status == 0, "\(pulled.errors)")
        let snapshot = "\(folder.path)/hub/models--org--name/snapshots/\(StandInHub.commit)"
        #expect(pulled.output == "\(snapshot)\n")
        #expect(pulled.errors.contains("downloading org/name: 8 files"))
        let again = try run(hub, ["pull", "--json", "org/name@v1.0"])
        #expect(again.errors.isEmpty)
        let result = try JSONDocument(parsing: Array(again.output.utf8)).root
        #expect(result["commit"]?.string == StandInHub.commit && result["path"]?.string == snapshot)
        let listed = try JSONDocument(parsing: Array(run(hub, ["ls", "--json"]).output.utf8)).root
        let model = try #require(listed.elements?.first { _ in true })
        #expect(model["id"]?.string == "org/name" && model["complete"]?.bool == true)
        #expect(model["revisions"]?.elements?.compactMap(\.string) == ["main", "v1.0"])
        let table = try run(hub, ["list"])
        #expect(table.lines.count == 2 && table.lines[1].hasPrefix("org/name  main,v1.0,0123456789ab  "))
        #expect(try run(hub, ["rm", "org/name"]).output.hasPrefix("removed org/name: "))
        #expect(try run(hub, ["list"]).lines.count == 1)
        let absent = try run(hub, ["rm", "org/name"])
        #expect(absent.status == 1 && absent.errors.contains("org/name is not on this machine"))
    }

    @Test func downloadsTheModelOfACommand() async throws {
        let hub = try await Self.hub()
        let result = try run(hub, ["embed", "--model", "org/name", "a", "b"])
        #expect(result.status == 0 && result.lines.count == 2, "\(result.errors)")
        let count = hub.requests.count
        // What is here needs no network.
        #expect(try run(hub, ["embed", "--model", "org/name", "a"]).status == 0)
        #expect(hub.requests.count == count)
    }

    @Test func asksNobodyWhileOffline() async throws {
        let hub = try await Self.hub()
        for (arguments, variables) in [
            (["embed", "--model", "org/name", "a"], ["HF_HUB_OFFLINE": "1"]),
            (["embed", "--model", "org/name", "--offline", "a"], [:]), (["pull", "org/name"], ["HF_HUB_OFFLINE": "1"]),
            (["serve", "org/name", "--offline"], [:]),
            (["serve", "org/name"], ["HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "1"]),
        ] {
            let result = try run(hub, arguments, variables)
            #expect(result.status == 1 && result.errors.contains("unset HF_HUB_OFFLINE"), "\(result.errors)")
        }
        #expect(hub.requests.isEmpty)
    }

    @Test func readsTheTokenWhereTheHubsToolsPutIt() async throws {
        let hub = try await Self.hub()
        let file = try folder.write("\(Self.token)\n", to: "home/token")
        for (name, value) in [("HF_HOME", "\(folder.path)/home"), ("HF_TOKEN_PATH", file)] {
            let result = try run(
                hub, ["pull", "org/name"],
                ["HF_TOKEN": "", name: value, "HF_HUB_CACHE": "\(folder.path)/\(name)"])
            #expect(result.status == 0, "\(result.errors)")
        }
        let without = try run(hub, ["pull", "org/name"], ["HF_TOKEN": "", "HF_HUB_CACHE": "\(folder.path)/none"])
        #expect(without.status == 1 && without.errors.contains("HF_TOKEN=hf_"))
    }

    @Test(arguments: ["a\nb: c", "\u{E9}"]) func takesNoTokenThatWouldBeSeveralHeaders(token: String) async throws {
        let hub = try await Self.hub()
        let result = try run(hub, ["pull", "org/name"], ["HF_TOKEN": token])
        #expect(result.status != 0 && !result.errors.contains(token))
        #expect(hub.requests.allSatisfy { $0["b"] == nil })
    }

    @Test func checksAManifest() async throws {
        let hub = try await Self.hub()
        let weights = try #require(hub.files["model.safetensors"])
        for (hash, status) in [(StandInHub.sha256(weights), Int32(0)), (StandInHub.sha256([]), 1)] {
            let list = try folder.write(
                "org/name@\(StandInHub.commit)\n  model.safetensors sha256:\(hash)\n", to: "list")
            let result = try run(hub, ["pull", "--manifest", list])
            #expect(result.status == status, "\(result.errors)")
        }
    }

    @Test(arguments: [([], "no model is named"), (["./here"], "is a path"), (["a b"], "no model id")])
    func saysWhatAPullNeeds(arguments: [String], message: String) async throws {
        let hub = try await Self.hub()
        let result = try run(hub, ["pull"] + arguments)
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    }

    // MARK: The server

    @Test func servesWhatItHasToDownloadFirst() async throws {
        let hub = try await Self.hub()
        let server = try await RunningServer.start(["org/name"], environment: environment(hub))
        #expect(try await server.post("/v1/embeddings", #"{"model":"name","input":"a"}"#).status == 200)
        #expect(server.stop(SIGTERM) == 0)
        #expect(server.log.contains("downloaded a file"))
        #expect(!server.log.contains(Self.token) && !server.log.contains("signature"))
    }

    @Test func downloadsWhatARequestNamesOnlyIfTheAllowlistHasIt() async throws {
        let hub = try await Self.hub()
        let open = try await RunningServer.start([Program.model], environment: environment(hub))
        #expect(try await open.post("/v1/embeddings", #"{"model":"org/name","input":"a"}"#).status == 400)
        #expect(open.stop(SIGTERM) == 0)
        #expect(hub.requests.isEmpty)
        let list = try folder.write("org/name\norg/absent\n", to: "list.txt")
        let server = try await RunningServer.start(
            [Program.model, "--allowlist", list], environment: environment(hub))
        async let first = server.post("/v1/embeddings", #"{"model":"org/name","input":"a"}"#).status
        async let second = server.post("/v1/embeddings", #"{"model":"name","input":"a"}"#).status
        #expect(try await first == 200)
        // The short name is known once the model is.
        _ = try await second
        #expect(try await server.post("/v1/embeddings", #"{"model":"name","input":"a"}"#).status == 200)
        #expect(try await server.post("/v1/embeddings", #"{"model":"org/absent","input":"a"}"#).status == 500)
        #expect(try await server.post("/v1/embeddings", #"{"model":"org/other","input":"a"}"#).status == 400)
        #expect(hub.requestsOfCDN.count == Set(hub.requestsOfCDN.map(\.path)).count)
        let info = try await server.get("/info").text
        #expect(server.stop(SIGTERM) == 0)
        #expect(!server.log.contains(Self.token) && !info.contains(Self.token))
    }

    private static func hub() async throws -> StandInHub {
        let root = URL(filePath: Program.model)
        var files: [String: [UInt8]] = ["README.md": Array("#".utf8)]
        for name in [
            "1_Pooling/config.json", "2_Normalize/config.json", "config.json", "config_sentence_transformers.json",
            "model.safetensors", "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json",
        ] {
            files[name] = [UInt8](try Data(contentsOf: root.appending(path: name)))
        }
        var behaviour = StandInHub.Behaviour()
        behaviour.token = token
        return try await StandInHub.start(files: files, behaviour)
    }

    private func run(
        _ hub: StandInHub, _ arguments: [String], _ variables: [String: String] = [:]
    ) throws -> Program.Result {
        try Program.run(arguments, environment: environment(hub).merging(variables) { _, new in new })
    }

    private func environment(_ hub: StandInHub) -> [String: String] {
        [
            "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": Self.token, "HF_HUB_CACHE": "\(folder.path)/hub",
            "HF_HUB_OFFLINE": "0",
        ]
    }
}
