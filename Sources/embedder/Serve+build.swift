// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedServer
import EmbedServing
import Logging
import ServiceLifecycle
import UnixSignals

extension Serve {
    /// The whole program, wired: values to services.
    func build(_ settings: ServeSettings, on device: CPUDevice) -> ServiceGroup {
        let logger = Logger(label: "embedder") { _ in
            LineLogHandler(level: settings.logLevel, format: settings.logFormat)
        }
        for warning in settings.warnings {
            logger.warning("\(warning.message)", metadata: warning.metadata.mapValues { "\($0)" })
        }
        let loader = ModelLoader(
            device: device, options: settings.modelOptions, hub: settings.hub,
            batchTokens: settings.registry.limits.maxBatchTokens, logger: logger)
        let metrics = ServerMetrics(version: settings.server.version)
        let notification = ServiceNotification(logger: logger)
        var registrySettings = settings.registry
        registrySettings.afterStart = { notification.reach(.hasLoadedItsModels) }
        let registry = ModelRegistry(
            sources: settings.models.models.map(loader.source), catalog: loader.catalog(settings.catalog),
            settings: registrySettings, observer: metrics, runner: ModelRunner(label: "embedder.compute"),
            logger: logger)
        let banner = Banner(configuration: settings.server, device: device)
        let application = makeApplication(
            service: registry, configuration: settings.server, metrics: metrics, logger: logger
        ) { port in
            banner.write(port: port, to: logger)
            notification.reach(.listens)
        }
        var configuration = ServiceGroupConfiguration(
            // Shut down from the last to the first: no new requests, then the queues.
            services: [.init(service: registry), .init(service: application), .init(service: notification)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.drainTimeout
        configuration.maximumCancellationDuration = .seconds(3)
        return ServiceGroup(configuration: configuration)
    }

    /// How long requests in flight may take after SIGTERM; container platforms commonly kill after 30 s.
    private static let drainTimeout = Duration.seconds(25)
}
