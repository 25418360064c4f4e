// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine
import EmbedHub
import EmbedServer
import EmbedServing
import Logging
import ServiceLifecycle
import UnixSignals

extension Serve {
    /// The whole program, wired: settings to values, values to services.
    func build() throws -> ServiceGroup {
        let reader = SettingsReader()
        let level = try reader.choice(ConfigurationKeys.logLevel, flag: logLevel, of: Logger.Level.self) ?? .info
        let format = try reader.choice(ConfigurationKeys.logFormat, flag: logFormat, of: LineLogHandler.Format.self)
        let logger = Logger(label: "embedder") { _ in LineLogHandler(level: level, format: format ?? .auto) }

        let device = try modelArguments.makeDevice(reader)
        let metrics = ServerMetrics(version: Version.current)
        let registry = ModelRegistry(
            sources: try sources(on: device, reader), settings: try registrySettings(reader, threads: device.threads),
            observer: metrics, runner: ModelRunner(label: "embedder.compute"), logger: logger)
        let server = try serverConfiguration(reader)
        let banner = Banner(configuration: server, device: device)
        let application = makeApplication(
            service: registry, configuration: server, metrics: metrics, logger: logger
        ) { port in
            banner.write(port: port, to: logger)
        }
        var configuration = ServiceGroupConfiguration(
            // Shut down from the last to the first: no new requests, then the queues.
            services: [.init(service: registry), .init(service: application)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.drainTimeout
        configuration.maximumCancellationDuration = .seconds(3)
        return ServiceGroup(configuration: configuration)
    }

    /// How long requests in flight may take after SIGTERM; container platforms commonly kill after 30 s.
    private static let drainTimeout = Duration.seconds(25)

    /// Where each model comes from, and under which names it is served.
    private func sources(on device: CPUDevice, _ reader: SettingsReader) throws -> [ModelRegistry.Source] {
        let fallback = reader.text(ConfigurationKeys.model, flag: model).map { [$0] } ?? []
        let names = models.isEmpty ? fallback : models
        let policy = try reader.choice(ConfigurationKeys.tokenIDs, flag: tokenIDs, of: TokenIDPolicy.self) ?? .framed
        let options = try modelArguments.modelOptions(reader, tokenIDPolicy: policy)
        let served = reader.text(ConfigurationKeys.servedModelName, flag: servedModelName)
        if served != nil, names.count > 1 {
            throw ValidationError("--served-model-name is for one model; \(names.count) are given.")
        }
        let store = LocatedModel.defaultStore()
        return try names.map { name in
            let located = try LocatedModel(name, store: store)
            return ModelRegistry.Source(
                id: served ?? located.id, aliases: (served == nil ? [] : [located.id]) + located.aliases
            ) {
                let model = try EmbeddingModel.load(from: located.directory, on: device, options: options)
                ProgramMemory.giveBackStartUp()
                return model
            }
        }
    }

    private func registrySettings(_ reader: SettingsReader, threads: Int) throws -> ModelRegistry.Settings {
        var settings = ModelRegistry.Settings()
        settings.limits.maxBatchTokens =
            try reader.int(ConfigurationKeys.maxBatchTokens, flag: maxBatchTokens, in: 1...16_777_216) ?? 1024 * threads
        settings.limits.maxWaitingRequests =
            try reader.int(ConfigurationKeys.maxConcurrentRequests, flag: maxConcurrentRequests, in: 1...1_000_000)
            ?? settings.limits.maxWaitingRequests
        settings.matryoshka =
            try reader.choice(ConfigurationKeys.matryoshka, flag: matryoshka, of: MatryoshkaPolicy.self) ?? .normalized
        return settings
    }

    private func serverConfiguration(_ reader: SettingsReader) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.version = Version.current
        configuration.host = reader.text(ConfigurationKeys.host, flag: host) ?? configuration.host
        configuration.port =
            try reader.int(ConfigurationKeys.port, flag: port, in: 0...65_535) ?? configuration.port
        configuration.apiKeys = reader.list(ConfigurationKeys.apiKey, flags: apiKey)
        configuration.openAI.modelsFormat =
            try reader.choice(ConfigurationKeys.modelsFormat, flag: modelsFormat, of: ModelsFormat.self) ?? .openai
        configuration.openAI.longTexts =
            reader.text(ConfigurationKeys.truncate, flag: truncate) == "refuse" ? .refuse : .cut
        return configuration
    }
}
