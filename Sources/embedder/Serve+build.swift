// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedServer
import EmbedServing
import Logging
import ServiceLifecycle

extension Serve {
    /// The whole program, wired: values to services that `shutdown` ends.
    func build(_ settings: ServeSettings, on device: CPUDevice, _ shutdown: Shutdown) -> ServiceGroup {
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
        let answering = Answering(application) { shutdown.hasAnsweredAll() }
        var configuration = ServiceGroupConfiguration(
            // Shut down from the last to the first: no new requests, then the queues.
            services: [.init(service: registry), .init(service: answering)], logger: logger)
        // After a service has failed; how long a shutdown may take is up to `shutdown`.
        configuration.maximumCancellationDuration = .seconds(3)
        let services = ServiceGroup(configuration: configuration)
        shutdown.prepare(
            Shutdown.Server(
                settings: settings.drain, logger: logger,
                announce: {
                    notification.announceStop()
                    return registry.announceStop()
                },
                drain: { await services.triggerGracefulShutdown() },
                requestsInFlight: { metrics.requestsInFlight }))
        return services
    }

    /// Tells when the HTTP server has answered everything that it had begun, and closed.
    private struct Answering: Service {
        private let server: any Service
        private let onEnd: @Sendable () -> Void

        init(_ server: some Service, onEnd: @escaping @Sendable () -> Void) {
            self.server = server
            self.onEnd = onEnd
        }

        func run() async throws {
            try await server.run()
            onEnd()
        }
    }
}
