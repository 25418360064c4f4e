// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedServing
import EmbedTestSupport
import Synchronization
import Testing

/// More models than there is room for, and many clients at once: each gets the vectors of the reference, and none an
/// error.
@Suite(.timeLimit(.minutes(2))) struct ModelTrafficTests {
    /// Four tokenizers: WordPiece, byte-level BPE, Unigram and a table without a model.
    private static let names = ["new-format", "qwen3", "xlm-roberta", "static-embedding"]

    @Test(arguments: [1, 2, 3])
    func answersEveryClientRightWhileModelsComeAndGo(places: Int) async throws {
        var settings = ModelRegistry.Settings()
        settings.models.models = places
        let counts = try await traffic(settings)
        #expect(counts.loads > 20 && counts.peak <= places, "\(counts)")
    }

    @Test func keepsToTheMemoryThatAllModelsTogetherMayTake() async throws {
        var settings = ModelRegistry.Settings()
        let sizes = try Self.names.map { try Self.memory($0).byteCount }
        settings.models.byteCount = (sizes.max() ?? 0) + (sizes.min() ?? 0)
        let counts = try await traffic(settings)
        #expect(counts.loads > 4 && counts.loads - counts.unloads < 4, "\(counts)")
    }

    /// Requests whose model leaves right after each of them.
    @Test func answersEveryClientRightWhileModelsLeaveAtOnce() async throws {
        var settings = ModelRegistry.Settings()
        settings.models.keepAlive = .lasting(.zero)
        let counts = try await traffic(settings)
        #expect(counts.unloads > 4, "\(counts)")
    }

    /// Requests, `/model/unload` and `/model/load` in any order.
    @Test func answersEveryClientRightWhileModelsAreUnloadedByHand() async throws {
        let counts = try await traffic(.init()) { registry, round in
            let name = Self.names[round % Self.names.count]
            if round % 3 == 2 {
                _ = try await registry.load(name, keepAlive: nil)
            } else {
                try await registry.unload(round % 3 == 0 ? name : nil)
            }
        }
        #expect(counts.unloads > 4, "\(counts)")
    }

    // MARK: Traffic

    private static let clients = 12
    private static let requests = 30

    private struct Counts: CustomStringConvertible {
        var loads: Int
        var unloads: Int
        /// Most models in memory at once.
        var peak: Int

        var description: String { "\(loads) loads, \(unloads) unloads, at most \(peak) models in memory" }
    }

    /// Has the clients ask the models in turn, and compares every vector with the reference's.
    private func traffic(
        _ settings: ModelRegistry.Settings, beside: @Sendable (ModelRegistry, Int) async throws -> Void = { _, _ in }
    ) async throws -> Counts {
        let device = try CPUDevice(threads: 2)
        let counter = LoadCounter()
        let sources = Self.names.map { name in
            ModelRegistry.Source(id: name, aliases: [], loadsAtStart: false, measure: { try Self.memory(name) }) {
                try EmbeddingModel.load(from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: device)
            }
        }
        let registry = ModelRegistry(
            sources: sources, settings: settings, observer: counter, runner: ModelRunner(label: "test"),
            logger: silentLogger)
        let references = try Self.names.map { try Reference($0) }
        try await registry.whileRunning { registry in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<Self.clients {
                    group.addTask {
                        for round in 0..<Self.requests {
                            let reference = references[(client + round * (client % 3 + 1)) % references.count]
                            try await reference.check(registry, first: client + round)
                        }
                    }
                }
                for round in 0..<Self.requests { try await beside(registry, round) }
                try await group.waitForAll()
            }
        }
        return Counts(loads: counter.loads, unloads: counter.unloads, peak: counter.peak)
    }

    private static func memory(_ name: String) throws -> ModelMemory {
        try ModelMemory(
            of: ModelDirectory(path: Fixtures.path("Models/\(name)")), batchTokens: ServingLimits().maxBatchTokens,
            threads: 2)
    }
}

/// Texts and what the reference computes for them.
private struct Reference: Sendable {
    private let name: String
    private let texts: [String]
    private let vectors: [Float]

    init(_ name: String) throws {
        self.name = name
        let expected = try JSONDocument(parsing: Fixtures.bytes("Models/\(name)/expected.json")).root
        texts = expected["texts"]?.elements?.compactMap(\.string) ?? []
        let path = Fixtures.path("Models/\(name)/expected.safetensors")
        let tensor = try Safetensors(path: path, name: "expected.safetensors").tensors["vectors"]
        vectors = tensor?.floats ?? []
    }

    /// Asks for the vectors of two texts, and compares them.
    func check(_ registry: ModelRegistry, first: Int) async throws {
        let places = [first % texts.count, (first + 1) % texts.count]
        let response = try await registry.embed(
            EmbeddingRequest(model: name, inputs: places.map { .text(texts[$0]) }))
        let dimension = vectors.count / texts.count
        #expect(response.model == name && response.dimension == dimension)
        for (index, place) in places.enumerated() {
            let expected = vectors[place * dimension..<(place + 1) * dimension]
            let difference = largestDifference(response.vector(index), expected)
            #expect(difference < 2e-5, "\(name): \(texts[place].prefix(20))")
        }
    }
}

private final class LoadCounter: ServingObserver {
    private let counts = Mutex((loads: 0, unloads: 0, peak: 0))

    var loads: Int { counts.withLock(\.loads) }
    var unloads: Int { counts.withLock(\.unloads) }
    var peak: Int { counts.withLock(\.peak) }

    func observer(ofModel id: String) -> any ModelObserver { Observer(counter: self) }

    private struct Observer: ModelObserver {
        let counter: LoadCounter

        func didLoad(weightByteCount: Int, in duration: Duration) {
            counter.counts.withLock { counts in
                counts.loads += 1
                counts.peak = max(counts.peak, counts.loads - counts.unloads)
            }
        }

        func didUnload() { counter.counts.withLock { $0.unloads += 1 } }
        func didFailToLoad() {}
        func didTokenize(inputs: Int, tokens: Int, truncatedInputs: Int, in duration: Duration) {}
        func didReadImages(_ count: Int, in duration: Duration) {}
        func queueHas(requests: Int, tokens: Int) {}
        func didWait(_ duration: Duration) {}
        func didRunBatch(inputs: Int, tokens: Int, in duration: Duration) {}
    }
}
