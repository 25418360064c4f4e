// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedServing
import EmbedTestSupport
import Logging
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct ModelRegistryTests {
    @Test func answersUnderIDAndAliasWithTheModelsVectors() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let byID = try await registry.embed(request(["a", "vector search"], model: "org/tiny"))
            let byAlias = try await registry.embed(request(["a", "vector search"], model: "tiny"))
            let byDefault = try await registry.embed(request(["a", "vector search"], model: nil))
            #expect(byID.values == byAlias.values)
            #expect(byID.values == byDefault.values)
            #expect(byAlias.model == "org/tiny")
            #expect(byID.count == 2)
            #expect(byID.dimension == 32)
            #expect(byID.tokenCounts == [3, 4])
            #expect(byID.totalTokens == 7)
            #expect(byID.truncatedInputs == 0)
            let norm = byID.vector(1).reduce(0) { $0 + $1 * $1 }
            #expect(abs(norm - 1) < 1e-5)
        }
    }

    @Test func cutsToTheWishedDimensionsAndNormalizes() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let whole = try await registry.embed(request(["a"]))
            let cut = try await registry.embed(request(["a"], dimensions: 5))
            let length = whole.values.prefix(5).reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(cut.dimension == 5)
            for (found, original) in zip(cut.values, whole.values) { #expect(abs(found - original / length) < 1e-6) }
        }
    }

    @Test func countsTruncatedInputs() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let long = String(repeating: "vector search ", count: 500)
            let response = try await registry.embed(request(["a", long]))
            #expect(response.truncatedInputs == 1)
            #expect(response.tokenCounts == [3, 144])
        }
    }

    @Test(arguments: [
        (request([]), ServiceError.invalid(.noInputs)),
        (request(["a", "a", "a", "a"]), .invalid(.tooManyInputs(count: 4, limit: 3))),
        (request([String(repeating: "a ", count: 60)]), .invalid(.tooManyTokens(limit: 50))),
        (request(["a"], dimensions: 0), .invalid(.dimensions(found: 0, modelDimension: 32))),
        (request(["a"], dimensions: 33), .invalid(.dimensions(found: 33, modelDimension: 32))),
        (request(["a"], model: "other"), .unknownModel("other", known: ["org/tiny"])),
        (request(["a"], model: ""), .unknownModel("", known: ["org/tiny"])),
        (
            EmbeddingRequest(inputs: [.text("a"), .tokenIDs([9_999_999])]),
            .invalid(.input(index: 1, .tokenOutOfVocabulary(id: 9_999_999, vocabularySize: 234)))
        ),
        (
            EmbeddingRequest(inputs: [.text(String(repeating: "a ", count: 200))], longTexts: .refuse),
            .invalid(.input(index: 0, .tooLong(limit: 144)))
        ),
    ])
    func refusesWithTheFault(request: EmbeddingRequest, error: ServiceError) async throws {
        var settings = ModelRegistry.Settings()
        settings.limits.maxInputsPerRequest = 3
        settings.limits.maxTokensPerRequest = 50
        try await withRegistry(settings) { (registry) async throws -> Void in
            await #expect(throws: error) { try await registry.embed(request) }
            _ = try await registry.embed(EmbeddingRequest(inputs: [.text("still answers")]))
        }
    }

    @Test func isLoadingUntilTheFirstVector() async throws {
        let registry = try registry()
        #expect(!registry.isReady)
        #expect(registry.models.map(\.phase) == [.unloaded])
    }

    @Test func endsWithTheReasonWhenAModelCannotBeLoaded() async throws {
        let source = ModelRegistry.Source(id: "org/none", aliases: []) { () throws -> EmbeddingModel in
            throw ModelLoadError.files(.missingFile("config.json", hint: ""))
        }
        let registry = ModelRegistry(
            sources: [source], settings: .init(), runner: ModelRunner(label: "test"), logger: silentLogger)
        let error = await #expect(throws: ModelRegistryError.self) { try await registry.run() }
        #expect(error?.description == "can't load org/none: config.json is missing")
    }

    @Test func refusesAndEndsAfterGracefulShutdown() async throws {
        let registry = try registry()
        let group = ServiceGroup(services: [registry], logger: silentLogger)
        async let running: Void = group.run()
        while !registry.isReady { await Task.yield() }
        await group.triggerGracefulShutdown()
        try await running
        #expect(registry.isDraining)
        #expect(!registry.isReady)
        await #expect(throws: ServiceError.shuttingDown) { try await registry.embed(request(["a"])) }
    }

    @Test func answersManyClientsAtOnceWithTheirOwnVectors() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let texts = (0..<40).map { "text number \($0)" }
            var expected: [[Float]] = []
            for text in texts { expected.append(try await registry.embed(request([text])).values) }
            try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
                for (index, text) in texts.enumerated() {
                    group.addTask { (index, try await registry.embed(request([text])).values) }
                }
                for try await (index, values) in group { #expect(values == expected[index]) }
            }
        }
    }

    private func registry(_ settings: ModelRegistry.Settings = .init()) throws -> ModelRegistry {
        let device = try CPUDevice(threads: 2)
        let source = ModelRegistry.Source(id: "org/tiny", aliases: ["tiny"]) {
            try EmbeddingModel.load(from: ModelDirectory(path: Fixtures.path("Models/new-format")), on: device)
        }
        return ModelRegistry(
            sources: [source], settings: settings, runner: ModelRunner(label: "test"), logger: silentLogger)
    }

    /// Runs `body` with a registry that is ready, then shuts it down.
    private func withRegistry(
        _ settings: ModelRegistry.Settings = .init(), _ body: (ModelRegistry) async throws -> Void
    ) async throws {
        let registry = try registry(settings)
        let group = ServiceGroup(services: [registry], logger: silentLogger)
        async let running: Void = group.run()
        while !registry.isReady { await Task.yield() }
        do {
            try await body(registry)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }
}

private let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func request(_ texts: [String], model: String? = nil, dimensions: Int? = nil) -> EmbeddingRequest {
    EmbeddingRequest(model: model, inputs: texts.map { .text($0) }, dimensions: dimensions)
}
