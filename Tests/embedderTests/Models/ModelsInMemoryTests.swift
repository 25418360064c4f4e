// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// A server with more models than it may keep in memory.
@Suite(.timeLimit(.minutes(3))) struct ModelsInMemoryTests {
    private static let names = ["new-format", "qwen3", "xlm-roberta"]
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("", to: "models/org/broken/config.json")
        for name in Self.names {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/models/org/\(name)", withDestinationPath: Fixtures.path("Models/\(name)"))
        }
    }

    /// Two models at a time, with tokenizers of their own; the third has the one leave that was not used for longest.
    @Test(arguments: [["--max-loaded-models", "2"], ["--max-loaded-models", "1", "--keep-alive", "0"]])
    func answersEveryClientRightWhileModelsComeAndGo(arguments: [String]) async throws {
        let server = try await start(["org/new-format", "org/qwen3"] + arguments)
        let references = try Self.names.map { ExpectedAnswers($0, try .small($0)) }
        try await ask(server, references, rounds: 4)
        let before = try server.residentBytes()
        try await ask(server, references, rounds: 20)
        let after = try server.residentBytes()
        #expect(after < before + 8_000_000, "\(before) bytes, then \(after)")
        #expect(try await loads(server) > 10)
        #expect(server.stop(SIGTERM) == 0)
    }

    /// Three models of 90 MB where there is memory for two, and one with another tokenizer.
    @Test func keepsWithinItsMemoryWhileModelsComeAndGo() async throws {
        let names = ["mini-a", "mini-b", "mini-c"]
        for name in names {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/models/org/\(name)", withDestinationPath: Fixtures.miniLM())
        }
        let references =
            try names.map { ExpectedAnswers($0, try .miniLM(), tolerance: 1e-4) }
            + [ExpectedAnswers("qwen3", try .small("qwen3"))]
        let limit = 240_000_000
        let server = try await start(["org/new-format", "--model-memory", "\(limit)", "--max-batch-tokens", "256"])
        let before = try server.residentBytes()
        try await ask(server, references, rounds: 8)
        let most = try server.residentBytes("VmHWM")
        #expect(most <= before + limit, "\(before) bytes before, \(most) at most")
        // The budget is used: two of them were there at once.
        #expect(most >= before + 180_000_000)
        #expect(try await loads(server) > 8)
        #expect(try await server.post("/model/unload", "").status == 200)
        #expect(try server.residentBytes() <= before + 30_000_000, "the weights of one have 90 MB")
        #expect(server.stop(SIGTERM) == 0)
    }

    /// How many times a model was loaded.
    private func loads(_ server: RunningServer) async throws -> Int {
        let page = try await server.get("/metrics").text
        let counts = page.matches(of: /embedder_model_loads_total\{[^}]*result="success"\} (\d+)/)
        return counts.reduce(0) { $0 + (Int($1.1) ?? 0) }
    }

    /// Eight clients ask all models in turn; every vector is compared with the reference's.
    private func ask(_ server: RunningServer, _ references: [ExpectedAnswers], rounds: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<8 {
                group.addTask {
                    for round in 0..<rounds {
                        try await references[(client + round) % references.count].check(server, text: client + round)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func namesBothSizesOfAModelThatIsTooLarge() async throws {
        let result = try Program.run(["serve", Program.model, "--port", "0", "--model-memory", "100KB"])
        #expect(result.status != 0)
        #expect(result.errors.contains(/it takes \d+ bytes of memory, and all models together may have 100000/))
        let server = try await start(["org/new-format", "--model-memory", "64MiB", "--max-batch-tokens", "64"])
        #expect(try await server.get("/health/ready").status == 200)
        #expect(server.stop(SIGTERM) == 0)
    }

    /// One row a situation: what /health says of a model in memory, and the status of /health/ready and /healthcheck.
    @Test func tellsItsHealthWhateverLeavesOrFails() async throws {
        let server = try await start(["org/new-format", "org/qwen3", "--max-loaded-models", "2"])
        let rows: [(request: (String, String)?, status: UInt, isLoaded: Bool)] = [
            (nil, 200, true),
            (("/v1/embeddings", #"{"model":"org/xlm-roberta","input":"a"}"#), 200, true),
            (("/v1/embeddings", #"{"model":"org/broken","input":"a"}"#), 500, true),
            (("/model/unload?model_name=org/new-format", ""), 200, true),
            (("/model/unload", ""), 200, false),
            (("/v1/embeddings", #"{"model":"org/broken","input":"a"}"#), 500, false),
            (("/v1/embeddings", #"{"model":"org/new-format","input":"a"}"#), 200, true),
            (("/model/load?model_name=org/qwen3&keep_alive=0", ""), 200, true),
            (("/model/load?model_name=org/qwen3&keep_alive=soon", ""), 422, true),
        ]
        for row in rows {
            if let (path, body) = row.request {
                let answer = try await server.post(path, body)
                #expect(answer.status == row.status, "\(path): \(answer)")
            }
            let health = try await server.get("/health")
            #expect(health.status == 200 && health.json?["model_loaded"]?.bool == row.isLoaded, "\(row): \(health)")
            #expect(try await server.get("/health/ready").status == 200, "\(row)")
            #expect(try await server.get("/healthcheck").status == 200, "\(row)")
        }
        #expect(server.stop(SIGTERM) == 0)
    }

    @Test func unloadsWhatNobodyUses() async throws {
        let server = try await start(["org/new-format", "--keep-alive", "200ms"])
        while try await server.get("/health").json?["model_loaded"]?.bool == true {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await server.post("/v1/embeddings", #"{"model":"org/new-format","input":"a"}"#).status == 200)
        #expect(server.stop(SIGTERM) == 0)
        #expect(server.log.contains("model unloaded"))
    }

    private func start(_ arguments: [String]) async throws -> RunningServer {
        try await RunningServer.start(arguments + ["--models-dir", "\(folder.path)/models"])
    }
}

/// A model of the server, and what it must answer.
private struct ExpectedAnswers: Sendable {
    private let model: String
    private let reference: Reference
    /// The texts that are not empty.
    private let places: [Int]
    private let tolerance: Float

    init(_ model: String, _ reference: Reference, tolerance: Float = 2e-5) {
        self.model = model
        self.reference = reference
        self.tolerance = tolerance
        places = reference.texts.indices.filter { !reference.texts[$0].isEmpty }
    }

    func check(_ server: RunningServer, text number: Int) async throws {
        let place = places[number % places.count]
        var body = JSONWriter()
        body.object { body in
            body.member("model", "org/\(model)")
            body.member("input", reference.texts[place])
        }
        let answer = try await server.post("/v1/embeddings", String(decoding: body.bytes, as: UTF8.self))
        let items = answer.json?["data"]?.elements.map { Array($0) } ?? []
        let found = items.first?["embedding"]?.elements?.compactMap(\.double).map { Float($0) } ?? []
        // The route's vectors have length 1 whatever the model's own have.
        let length = reference[place].reduce(0) { $0 + $1 * $1 }.squareRoot()
        let isRight = largestDifference(found, reference[place].map { $0 / length }) <= tolerance
        #expect(answer.status == 200 && isRight, "\(model), \(place): \(answer)")
    }
}
