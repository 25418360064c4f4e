// SPDX-License-Identifier: Apache-2.0

import Dispatch
import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedServing
import EmbedTestSupport
import ServiceLifecycle
import Synchronization
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

    /// The model's files keep 12 of 20 components.
    @Test func keepsTheComponentsThatTheModelKeeps() async throws {
        try await withRegistry(path: Fixtures.path("Models/truncate-dim")) { (registry) async throws -> Void in
            var wanted = request(["a"])
            let bare = try await registry.embed(wanted)
            wanted.normalization = .always
            let unit = try await registry.embed(wanted)
            let whole = try await registry.embed(request(["a"], dimensions: 20))
            #expect(bare.dimension == 12)
            #expect(bare.values == Array(whole.values.prefix(12)))
            #expect(abs(unit.values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            await #expect(throws: ServiceError.invalid(.dimensions(found: 21, modelDimension: 20))) {
                try await registry.embed(request(["a"], dimensions: 21))
            }
        }
    }

    /// The parts of one document beside other requests; expected values from the engine, which LateChunkingTests checks.
    @Test func embedsTheInputsAsPartsOfOneDocument() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let texts = ["The quick brown fox", " jumps over the lazy dog.", "vector search"]
            var wanted = request(texts, dimensions: 32)
            wanted.usesLateChunking = true
            let model = try EmbeddingModel.load(
                from: ModelDirectory(path: Fixtures.path("Models/new-format")), on: CPUDevice(threads: 1))
            let document = try model.prepare(document: texts.map { .text($0) })
            let expected = try model.embed([.text(document)])
            try await withThrowingTaskGroup(of: EmbeddingResponse.self) { [wanted] group in
                for number in 0..<12 {
                    group.addTask { try await registry.embed(number % 2 == 0 ? wanted : request(["a", "b"])) }
                }
                for try await response in group where response.count == 3 {
                    #expect(response.dimension == 32)
                    #expect(response.totalTokens == document.tokenIDs.count)
                    #expect(response.tokenCounts.dropFirst() == [7, 2])
                    for (found, value) in zip(response.values, expected) { #expect(abs(found - value) <= 1e-6) }
                }
            }
            wanted.inputs.append(.text(""))
            let error = ServiceError.invalid(.lateChunking(.empty(index: 3)))
            let refused = wanted
            await #expect(throws: error) { try await registry.embed(refused) }
        }
    }

    @Test func putsPromptsBeforeTexts() async throws {
        try await withRegistry(path: Fixtures.path("Models/prompts-pooling")) { (registry) async throws -> Void in
            func wanted(_ role: InputRole?, _ prompt: PromptChoice) -> EmbeddingRequest {
                EmbeddingRequest(inputs: [.text("a")], role: role, prompt: prompt)
            }
            let query = try await registry.embed(wanted(nil, .named("query"))).values
            #expect(try await registry.embed(wanted(.query, .automatic)).values == query)
            #expect(try await registry.embed(wanted(nil, .text(Array("search query: ".utf8)))).values == query)
            #expect(try await registry.embed(wanted(nil, .automatic)).values != query)
            let unknown = ReadingError.unknownPrompt("x", known: ["clustering", "document", "long", "query"])
            let refused = wanted(nil, .named("x"))
            await #expect(throws: ServiceError.invalid(.reading(unknown))) { try await registry.embed(refused) }
            let tokens = try await registry.tokenize(TokenizeRequest(texts: [Array("a".utf8)], promptName: "query"))
            #expect(tokens.texts[0].map(\.text) == ["[CLS]", "search", "query", ":", "a", "[SEP]"])
            #expect(tokens.texts[0][4].range == 14..<15)
        }
    }

    /// What a text is for decides which pipeline embeds it, and changes no token of it.
    @Test func tokenizesWithARouterThatHasToBeToldWhatTextsAre() async throws {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/router"))
        let config = String(decoding: try Fixtures.bytes("Models/router/router_config.json"), as: UTF8.self)
            .replacing(#""default_route": "document","#, with: "")
            .replacing(#""allow_empty_key": true"#, with: #""allow_empty_key": false"#)
        try directory.write(config, to: "router_config.json")
        try await withRegistry(path: directory.path) { (registry) async throws -> Void in
            let untold = ServiceError.invalid(.reading(.unknownRole(nil, known: ["document", "query"])))
            await #expect(throws: untold) { try await registry.embed(request(["a"])) }
            let bare = try await registry.tokenize(TokenizeRequest(texts: [Array("a".utf8)]))
            #expect(bare.texts[0].map(\.text) == ["[CLS]", "a", "[SEP]"])
            let prompted = try await registry.tokenize(TokenizeRequest(texts: [Array("a".utf8)], promptName: "query"))
            #expect(prompted.texts[0].map(\.text) == ["[CLS]", "search", "query", ":", "a", "[SEP]"])
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

    @Test func waitsForTheModelThatARequestNames() async throws {
        let registry = try registry()
        async let answer = registry.embed(request(["a"]))
        let group = ServiceGroup(services: [registry], logger: silentLogger)
        async let running: Void = group.run()
        #expect(try await answer.count == 1)
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test func loadsModelsThatTheCatalogFindsAndKeepsNoMoreThanAllowed() async throws {
        var settings = ModelRegistry.Settings()
        settings.models.models = 1
        try await withRegistry(settings) { (registry) async throws -> Void in
            let known = try await registry.embed(request(["a"]))
            let found = try await registry.embed(request(["a"], model: "org/found"))
            #expect(found.model == "org/found")
            #expect(found.values == known.values)
            #expect(registry.models.map(\.phase) == [.unloaded, .ready])
            #expect(try await registry.embed(request(["a"])).values == known.values)
            #expect(registry.models.map(\.phase) == [.ready, .unloaded])
            await #expect(throws: ServiceError.unlistedModel("org/unlisted")) {
                try await registry.embed(request(["a"], model: "org/unlisted"))
            }
        }
    }

    @Test func answersEveryoneWhileModelsTakeTurns() async throws {
        var settings = ModelRegistry.Settings()
        settings.models.models = 1
        try await withRegistry(settings) { (registry) async throws -> Void in
            let expected = try await registry.embed(request(["a", "vector search"])).values
            try await withThrowingTaskGroup(of: [Float].self) { group in
                for number in 0..<24 {
                    let model = number % 2 == 0 ? "org/tiny" : "org/found"
                    group.addTask { try await registry.embed(request(["a", "vector search"], model: model)).values }
                }
                for try await values in group { #expect(values == expected) }
            }
        }
    }

    @Test func answersWhileAnotherModelIsRead() async throws {
        try await withRegistry { (registry) async throws -> Void in
            async let slow = registry.embed(request(["a"], model: "org/slow"))
            for await _ in slowLoad.began.stream { break }
            let quick = try await registry.embed(request(["a"]))
            #expect(registry.models.map(\.phase) == [.ready, .loading])
            slowLoad.mayEnd.signal()
            #expect(try await slow.values == quick.values)
        }
    }

    /// A load that waits to be told.
    private let slowLoad = (began: AsyncStream.makeStream(of: Void.self), mayEnd: DispatchSemaphore(value: 0))

    @Test func unloadsAndLoadsAgain() async throws {
        let unloads = Mutex(0)
        var settings = ModelRegistry.Settings()
        settings.afterUnload = { unloads.withLock { $0 += 1 } }
        try await withRegistry(settings) { (registry) async throws -> Void in
            let before = try await registry.embed(request(["a"])).values
            try await registry.unload("tiny")
            #expect(registry.models.map(\.phase) == [.unloaded])
            #expect(registry.models.map(\.description) == [nil])
            #expect(registry.isReady)
            try await registry.unload(nil)
            #expect(unloads.withLock(\.self) == 1)
            #expect(try await registry.load("tiny", keepAlive: nil).phase == .ready)
            #expect(try await registry.embed(request(["a"])).values == before)
            await #expect(throws: ServiceError.unknownModel("other", known: ["org/tiny"])) {
                try await registry.unload("other")
            }
        }
    }

    @Test func keepsServingWhenAnotherModelIsBroken() async throws {
        try await withRegistry { (registry) async throws -> Void in
            for _ in 0..<2 {
                await #expect(throws: ServiceError.modelFailed("org/broken", reason: "config.json is missing")) {
                    try await registry.embed(request(["a"], model: "org/broken"))
                }
            }
            _ = try await registry.embed(request(["a"]))
        }
    }

    @Test func normalizesOnRequest() async throws {
        try await withRegistry(path: Fixtures.path("Models/pooling")) { (registry) async throws -> Void in
            let plain = try await registry.embed(request(["vector search"])).values
            var wanted = request(["vector search"])
            wanted.normalization = .always
            let unit = try await registry.embed(wanted).values
            let length = plain.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(length - 1) > 0.01)
            for (found, original) in zip(unit, plain) { #expect(abs(Double(found) - Double(original) / length) < 1e-6) }
        }
    }

    @Test func refusesOnlyBeyondTheLimitItIsGiven() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let long = String(repeating: "a ", count: 200)
            var wanted = request([long])
            wanted.longTexts = .cutUpTo(tokens: 202)
            #expect(try await registry.embed(wanted).tokenCounts == [144])
            wanted.longTexts = .cutUpTo(tokens: 201)
            await #expect(throws: ServiceError.invalid(.input(index: 0, .tooLong(limit: 201)))) {
                try await registry.embed(wanted)
            }
            wanted.inputs = [.text("a a")]
            wanted.longTexts = .cutUpTo(tokens: 3)
            await #expect(throws: ServiceError.invalid(.input(index: 0, .tooLong(limit: 3)))) {
                try await registry.embed(wanted)
            }
        }
    }

    @Test func averagesThePartsOfALongText() async throws {
        try await withRegistry { (registry) async throws -> Void in
            var wanted = request(["a a b b c c", "a"])
            wanted.longTexts = .average(ChunkRule(tokens: 2, maxChunks: 3))
            let whole = try await registry.embed(wanted)
            // Two tokens joined by a space are three characters, so every part falls short by the space behind it.
            let single = try await registry.embed(request(["a a", " b ", "b c c"]))
            for component in 0..<32 {
                let mean = (0..<3).map { Double(single.vector($0)[$0 * 32 + component]) }.reduce(0, +) / 3
                #expect(abs(Double(whole.values[component]) - mean) < 1e-7)
            }
            #expect(whole.tokenCounts == [12, 3])
            #expect(whole.truncatedInputs == 0)
            wanted.longTexts = .average(ChunkRule(tokens: 2, maxChunks: 2))
            #expect(try await registry.embed(wanted).truncatedInputs == 1)
        }
    }

    @Test func tellsTokensAsTheyAreEmbedded() async throws {
        try await withRegistry { (registry) async throws -> Void in
            let text = "vector search"
            let tokens = try await registry.tokenize(TokenizeRequest(texts: [Array(text.utf8), []])).texts
            #expect(tokens.map(\.count) == (try await registry.embed(request([text, ""]))).tokenCounts)
            #expect(tokens[0].map(\.range) == [nil, 0..<6, 7..<13, nil])
            let bare = try await registry.tokenize(
                TokenizeRequest(texts: [Array(text.utf8)], addsSpecialTokens: false)
            ).texts
            #expect(bare[0] == Array(tokens[0][1...2]))
        }
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

    @Test func answersAfterTheStopIsAnnounced() async throws {
        try await withRegistry { (registry) async throws -> Void in
            #expect(registry.announceStop())
            #expect(!registry.isReady && !registry.isDraining)
            #expect(try await registry.embed(request(["a"])).count == 1)
            #expect(!registry.announceStop())
        }
        #expect(try !registry().announceStop())
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

    private func registry(
        _ settings: ModelRegistry.Settings = .init(), path: String = Fixtures.path("Models/new-format")
    ) throws -> ModelRegistry {
        let device = try CPUDevice(threads: 2)
        let load: @Sendable () throws -> EmbeddingModel = {
            try EmbeddingModel.load(from: ModelDirectory(path: path), on: device)
        }
        let (began, mayEnd) = (slowLoad.began.continuation, slowLoad.mayEnd)
        let catalog: ModelRegistry.Catalog = { name in
            switch name {
            case "org/slow":
                .found(
                    .init(id: name, aliases: [], loadsAtStart: false) {
                        began.yield()
                        mayEnd.wait()
                        return try load()
                    })
            case "org/found": .found(.init(id: name, aliases: ["found"], loadsAtStart: false, load: load))
            case "org/unlisted": .unlisted
            case "org/broken":
                .found(
                    .init(id: name, aliases: [], loadsAtStart: false) { () throws -> EmbeddingModel in
                        throw ModelLoadError.files(.missingFile("config.json", hint: ""))
                    })
            default: .unknown
            }
        }
        return ModelRegistry(
            sources: [ModelRegistry.Source(id: "org/tiny", aliases: ["tiny"], load: load)], catalog: catalog,
            settings: settings, runner: ModelRunner(label: "test"), logger: silentLogger)
    }

    /// Runs `body` with a registry that is ready, then shuts it down.
    private func withRegistry(
        _ settings: ModelRegistry.Settings = .init(), path: String = Fixtures.path("Models/new-format"),
        _ body: (ModelRegistry) async throws -> Void
    ) async throws {
        try await registry(settings, path: path).whileRunning(body)
    }
}

private func request(_ texts: [String], model: String? = nil, dimensions: Int? = nil) -> EmbeddingRequest {
    EmbeddingRequest(model: model, inputs: texts.map { .text($0) }, dimensions: dimensions)
}
