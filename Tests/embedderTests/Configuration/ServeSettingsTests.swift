// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedServer
import EmbedServing
import Logging
import Testing

@testable import embedder

/// Which value each setting becomes.
@Suite struct ServeSettingsTests {
    @Test func turnsTheVariablesOfTheServicesIntoValues() throws {
        let settings = try settings([
            "EMBEDDINGS_HOST": "0.0.0.0", "EMBEDDINGS_PORT": "11445", "VECTOR_EMBEDDER_API_KEY": "a, b",
            "MAX_BATCH_SIZE": "8", "MAX_TEXTS_PER_BATCH": "50", "EMBEDDINGS_MAX_BATCH_SIZE": "16",
            "EMBEDDINGS_MAX_LOADED_MODELS": "2", "EMBEDDINGS_CUDA_MEMORY_FRACTION": "0.5",
            "EMBEDDINGS_TRUNCATE_INPUTS": "false", "MAX_SEQUENCE_LENGTH": "256", "APP_VERSION": "1.2",
            "APP_NAME": "Mine", "ENABLE_METRICS": "false", "EMBEDDER_DOCS": "off", "DEBUG": "true",
            "EMBEDDER_MODELS_FORMAT": "names", "EMBEDDER_THREADS": "3", "MODEL_SEQ_LEN": "100",
        ])
        let server = settings.server
        #expect(server.host == "0.0.0.0" && server.port == 11_445)
        #expect(server.apiKeys == ["a", "b"])
        #expect(server.metricsAccess == .off && !server.servesDocumentation)
        #expect(server.openAI.maxInputs == 16 && server.openAI.longTexts == .refuse)
        #expect(server.openAI.modelsFormat == .names)
        #expect(server.vectorEmbedder.maxTexts == 50)
        #expect(server.embeddingsGenerator.maxTextTokens == 256)
        #expect(server.embeddingsGenerator.version == "1.2" && server.documentationTitle == "Mine")
        #expect(server.facts.cudaMemoryFraction == 0.5 && server.facts.maxLoadedModels == 2)
        #expect(server.facts.maxBatchInputs == 8 && server.facts.maxBatchTokens == 3072)
        #expect(settings.registry.limits.maxBatchInputs == 8 && settings.registry.limits.maxBatchTokens == 3072)
        // A request of another contract may have more inputs.
        #expect(settings.registry.limits.maxInputsPerRequest >= 100)
        #expect(settings.registry.models.models == 2)
        #expect(settings.logLevel == .debug)
        #expect(settings.modelOptions.maxInputTokens == 100)
    }

    @Test func hasTheDefaultsOfTheServer() throws {
        let settings = try settings([:])
        let (server, usual) = (settings.server, ServerConfiguration())
        #expect(server.host == usual.host && server.port == usual.port && server.apiKeys == usual.apiKeys)
        #expect(server.corsOrigins == usual.corsOrigins && server.metricsAccess == usual.metricsAccess)
        #expect(server.servesDocumentation == usual.servesDocumentation)
        #expect(server.documentationTitle == usual.documentationTitle)
        #expect(server.openAI == usual.openAI && server.vectorEmbedder == usual.vectorEmbedder)
        #expect(server.simpleModelService == usual.simpleModelService)
        #expect(server.embeddingsGenerator == usual.embeddingsGenerator)
        var limits = ServingLimits()
        // These two follow the machine's processors.
        limits.maxBatchTokens = settings.registry.limits.maxBatchTokens
        limits.maxImagesInMemory = settings.registry.limits.maxImagesInMemory
        #expect(settings.registry.limits == limits)
        #expect(limits.maxImagesInMemory >= 1)
        #expect(settings.warnings.isEmpty)
    }

    @Test(arguments: [
        ([:], 0, 25, Setting.Origin.byDefault),
        // Cloud Run kills after ten seconds.
        (["K_SERVICE": "embedder"], 0, 8, .consequence(of: "K_SERVICE")),
        (["K_SERVICE": ""], 0, 25, .byDefault),
        (
            ["K_SERVICE": "embedder", "EMBEDDER_DRAIN_TIMEOUT": "9s", "EMBEDDER_DRAIN_DELAY": "1s"], 1, 9,
            .variable("EMBEDDER_DRAIN_TIMEOUT")
        ),
        (["EMBEDDER_DRAIN_TIMEOUT": "0"], 0, 0, .variable("EMBEDDER_DRAIN_TIMEOUT")),
        (["EMBEDDER_DRAIN_TIMEOUT": "2m"], 0, 120, .variable("EMBEDDER_DRAIN_TIMEOUT")),
    ])
    func endsInTheTimeThePlatformLeaves(
        environment: [String: String], delay: Int, timeout: Int, origin: Setting.Origin
    ) throws {
        let settings = try settings(environment)
        #expect(settings.drain == DrainSettings(delay: .seconds(delay), timeout: .seconds(timeout)))
        #expect(settings.effective["drain-timeout"]?.origin == origin)
    }

    @Test(arguments: [("none", []), ("None", []), ("https://a.org", ["https://a.org"]), ("*", ["*"])])
    func closesToPagesOfOthers(text: String, origins: [String]) throws {
        #expect(try settings(["EMBEDDER_CORS_ALLOW_ORIGIN": text]).server.corsOrigins == origins)
    }

    @Test(arguments: [("", true), ("new-format", true), ("org/other", false)])
    func warnsOfATokenizerThatIsNotTheModels(name: String, isQuiet: Bool) throws {
        #expect(try settings(["TOKENIZER_MODEL": name]).warnings.isEmpty == isQuiet)
    }

    private func settings(_ environment: [String: String]) throws -> ServeSettings {
        try ServeSettings(
            SettingsReader(flags: Flags(), environment: ["HOME": "/nonexistent"].merging(environment) { $1 }),
            names: [Program.model])
    }
}
