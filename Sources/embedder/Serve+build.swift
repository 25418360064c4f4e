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
        // Shut down from the last to the first: no new requests, then the queues. How long that may take is up to
        // `shutdown`.
        let services = ServiceGroup(
            services: [
                Observed(registry) { if case .failure(let error) = $0 { shutdown.hasFailed(error) } },
                Observed(application) {
                    switch $0 {
                    case .success: shutdown.hasAnsweredAll()
                    case .failure(let error): shutdown.hasFailed(error)
                    }
                },
            ], logger: logger)
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

    /// A service that tells of its end before the others are ended because of it.
    private struct Observed: Service {
        private let service: any Service
        private let onEnd: @Sendable (Result<Void, any Error>) -> Void

        init(_ service: some Service, onEnd: @escaping @Sendable (Result<Void, any Error>) -> Void) {
            self.service = service
            self.onEnd = onEnd
        }

        func run() async throws {
            do {
                try await service.run()
            } catch {
                onEnd(.failure(error))
                throw error
            }
            onEnd(.success(()))
        }
    }
}
