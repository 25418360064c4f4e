// SPDX-License-Identifier: Apache-2.0

import EmbedServer
import Logging
import ServiceLifecycle

/// A running server on a free port of this machine.
struct TestServer: Sendable {
    let port: Int
    let log: LogRecorder
    private let group: ServiceGroup

    /// Stops the server as SIGTERM would; ``run(_:configure:_:)`` returns once it has.
    func shutDown() async {
        await group.triggerGracefulShutdown()
    }

    func connect() async throws -> WireClient {
        try await WireClient(port: port)
    }

    /// Runs `body` beside a server, then stops it.
    static func run(
        _ service: FakeService = FakeService(), configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.version = "1.2.3"
        configuration.connection.lingerDeadline = .milliseconds(500)
        configure(&configuration)

        let log = LogRecorder()
        let running = AsyncStream.makeStream(of: Int.self)
        let application = makeApplication(
            service: service, configuration: configuration, metrics: ServerMetrics(version: configuration.version),
            logger: log.logger
        ) { port in
            running.continuation.yield(port)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: log.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { running.continuation.finish() }
                try await group.run()
            }
            for await port in running.stream {
                try await body(TestServer(port: port, log: log, group: group))
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
