// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedHub
import EmbedServer
import EmbedServing
import Logging

/// All that `embedder serve` was told, as values; nothing bad gets past ``init(_:names:)``.
struct ServeSettings {
    let logLevel: Logger.Level
    let logFormat: LineLogHandler.Format
    let threads: Int
    let modelOptions: ModelOptions
    let models: ServedModels
    let catalog: ModelCatalog
    let hub: HubModels
    let registry: ModelRegistry.Settings
    let server: ServerConfiguration
    let drain: DrainSettings
    /// What a person should know although the server starts.
    let warnings: [Warning]
    /// Values that follow from others or from this machine, by setting.
    let effective: [String: Setting]

    struct Warning: Equatable {
        let message: String
        var metadata: [String: String] = [:]
    }

    /// Reads and checks everything; `names` are the models given as arguments, with none the settings name one.
    ///
    /// - Throws: an error that names the setting and where it stands.
    init(_ reader: SettingsReader, names: [String]) throws {
        try reader.checkAll()
        logLevel = try reader.choice(.logLevel)
        logFormat = try reader.choice(.logFormat)
        threads = try reader.threadCount()
        modelOptions = try reader.modelOptions(tokenIDPolicy: reader.choice(.tokenIDs))

        let named = names.isEmpty ? try reader.model() : Setting(values: names, origin: .argument)
        let allowlist = try reader.textIfSet(.allowlist).map { path in
            try Allowlist(parsing: SmallFile.read(path, limit: Allowlist.maxByteCount), file: path)
        }
        models = try ServedModels(names: named, allowlist: allowlist, reader)
        hub = HubModels(store: try reader.modelStore(), settings: try reader.hubSettings())
        catalog = ModelCatalog(
            store: hub.store, allowlist: allowlist, downloadsListed: !hub.settings.isOffline)

        let truncate = try Self.truncate(reader)
        registry = try Self.registrySettings(reader, threads: threads)
        server = try Self.serverConfiguration(
            reader, longTexts: truncate.text == LongInputs.refuse.rawValue ? .refuse : .cut, models: models,
            limits: registry.limits)
        let drainTimeout = try Self.drainTimeout(reader)
        drain = DrainSettings(
            delay: try reader.duration(.drainDelay), timeout: try reader.duration(.drainTimeout, drainTimeout))
        warnings = try Self.warnings(reader, models: models)

        let store = catalog.store
        let local: (ConfigurationKey, String) throws -> Setting = { key, value in
            Setting(values: [value], origin: try reader.setting(key)?.origin ?? .byDefault)
        }
        effective = [
            ConfigurationKey.model.name: named, ConfigurationKey.truncate.name: truncate,
            ConfigurationKey.threads.name: try local(.threads, "\(threads)"),
            ConfigurationKey.maxBatchTokens.name: try local(.maxBatchTokens, "\(registry.limits.maxBatchTokens)"),
            ConfigurationKey.modelsDirectory.name: try local(.modelsDirectory, store.modelsDirectory),
            ConfigurationKey.hubCache.name: try local(.hubCache, store.hubCache),
            ConfigurationKey.drainTimeout.name: drainTimeout,
        ]
    }

    /// What happens to long inputs: as told, else as the service would whose variable sets the limit.
    private static func truncate(_ reader: SettingsReader) throws -> Setting {
        if let setting = try reader.setting(.truncate) { return setting }
        let limitVariable = ConfigurationKey.Variable.maxInputTokensOfOpenAI.name
        guard try reader.setting(.maxInputTokens)?.origin.variable == limitVariable else {
            return Setting(values: [LongInputs.cut.rawValue], origin: .byDefault)
        }
        return Setting(values: [LongInputs.refuse.rawValue], origin: .consequence(of: limitVariable))
    }

    /// How long requests begun may take after SIGTERM: as told, else less than it takes the platform to kill.
    private static func drainTimeout(_ reader: SettingsReader) throws -> Setting {
        if let setting = try reader.setting(.drainTimeout) { return setting }
        // Cloud Run kills 10 s after SIGTERM, and has this variable in every container.
        let cloudRunVariable = "K_SERVICE"
        guard !reader.isInEnvironment(cloudRunVariable) else {
            return Setting(values: ["8s"], origin: .consequence(of: cloudRunVariable))
        }
        // Kubernetes kills after 30 s.
        return Setting(values: ["25s"], origin: .byDefault)
    }

    private static func registrySettings(_ reader: SettingsReader, threads: Int) throws -> ModelRegistry.Settings {
        var settings = ModelRegistry.Settings()
        // Each contract has a bound of its own; this one is for the largest of them.
        settings.limits.maxInputsPerRequest = max(
            try reader.integer(.maxInputs), try reader.integer(.maxTexts), settings.limits.maxInputsPerRequest)
        settings.limits.maxImagesPerRequest = try reader.integer(.maxImages)
        settings.limits.maxImagesInMemory = max(1, threads)
        settings.limits.maxBatchInputs = try reader.integer(.maxBatchSize)
        settings.limits.maxBatchTokens = try reader.integerIfSet(.maxBatchTokens) ?? 1024 * threads
        settings.limits.maxWaitingRequests = try reader.integer(.maxConcurrentRequests)
        settings.matryoshka = try reader.choice(.matryoshka)
        settings.models.models = try reader.integerIfSet(.maxLoadedModels) ?? .max
        settings.models.byteCount = try reader.integerIfSet(.modelMemory) ?? .max
        settings.models.keepAlive = try reader.time(.keepAlive)
        settings.longestWait = try reader.time(.loadWait)
        settings.afterUnload = ProgramMemory.giveBackHeap
        return settings
    }

    private static func serverConfiguration(
        _ reader: SettingsReader, longTexts: LongTextPolicy, models: ServedModels, limits: ServingLimits
    ) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.version = Version.current
        configuration.host = try reader.text(.host)
        configuration.port = try reader.integer(.port)
        configuration.apiKeys =
            try reader.list(.apiKey) + (reader.textIfSet(.apiKeyFile).map { try APIKeyFile.keys(at: $0) } ?? [])
        configuration.corsOrigins = try corsOrigins(reader)
        configuration.metricsAccess = try reader.choice(.metrics)
        configuration.servesDocumentation = try reader.isOn(.documentation)
        configuration.documentationTitle = try reader.text(.appName)
        configuration.images.maxCount = try reader.integer(.maxImages)
        configuration.images.maxByteCount = try reader.integer(.maxImageBytes)
        configuration.images.fetcher = try imageFetcher(reader)
        configuration.openAI.modelsFormat = try reader.choice(.modelsFormat)
        configuration.openAI.maxInputs = try reader.integer(.maxInputs)
        configuration.openAI.longTexts = longTexts
        configuration.vectorEmbedder.model = models.vectorEmbedder
        configuration.vectorEmbedder.maxTexts = try reader.integer(.maxTexts)
        configuration.simpleModelService.model = models.simpleModelService
        configuration.embeddingsGenerator.model = models.embeddingsGenerator
        configuration.embeddingsGenerator.maxTextTokens = try reader.integer(.maxTextTokens)
        configuration.embeddingsGenerator.version = try reader.textIfSet(.appVersion)
        configuration.facts.cudaMemoryFraction = try reader.fractionIfSet(.cudaMemoryFraction)
        configuration.facts.maxLoadedModels = try reader.integerIfSet(.maxLoadedModels)
        configuration.facts.maxBatchInputs = limits.maxBatchInputs
        configuration.facts.maxBatchTokens = limits.maxBatchTokens
        configuration.facts.maxConcurrentRequests = limits.maxWaitingRequests
        return configuration
    }

    /// What brings images from the hosts that are listed; `nil` when none is.
    private static func imageFetcher(_ reader: SettingsReader) throws -> GuardedImageFetcher? {
        let hosts = try reader.list(.imageURLs)
        return hosts.isEmpty ? nil : GuardedImageFetcher(hosts: try ImageHosts(hosts))
    }

    /// The origins; "none" alone is none.
    private static func corsOrigins(_ reader: SettingsReader) throws -> [String] {
        guard let origins = try reader.setting(.corsAllowOrigin) else { return [] }
        guard origins.values.contains(where: { $0.lowercased() == "none" }) else { return origins.values }
        guard origins.values.count == 1 else {
            throw ValidationError("\(origins.origin) is \"\(origins.text)\"; expected origins, or none alone.")
        }
        return []
    }

    private static func warnings(_ reader: SettingsReader, models: ServedModels) throws -> [Warning] {
        var warnings: [Warning] = []
        if let tokenizer = try reader.setting(.tokenizerModel), !models.isCalled(tokenizer.text) {
            warnings.append(
                Warning(
                    message: "TOKENIZER_MODEL names another model; each model's own tokenizer is used",
                    metadata: ["tokenizer": tokenizer.text]))
        }
        if try reader.integer(.workers) > 1 {
            warnings.append(
                Warning(message: "WORKERS has no effect: one process serves all requests, with --threads threads"))
        }
        if let path = try reader.textIfSet(.apiKeyFile), SmallFile.isReadableByOthers(path) {
            warnings.append(
                Warning(message: "others than its owner can read the file of API keys", metadata: ["file": path]))
        }
        return warnings
    }
}
