// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Logging
import Synchronization
import UnixSignals

/// Ends the program as whoever sends SIGTERM or SIGINT expects it: in good order, and on the second signal at once.
///
/// The first signal makes the server not ready. It goes on answering for ``DrainSettings/delay``, then takes nothing
/// new and finishes what it has begun within ``DrainSettings/timeout``. The exit code is 0 when everything was
/// answered, 1 when requests were cut off, by the time or by a second signal.
final class Shutdown: Sendable {
    /// The server that a signal ends.
    struct Server: Sendable {
        let settings: DrainSettings
        let logger: Logger
        /// Makes the server not ready, and says whether it was.
        let announce: @Sendable () -> Bool
        /// Begins the end; returns at once.
        let drain: @Sendable () async -> Void
        let requestsInFlight: @Sendable () -> Int
    }

    /// How long the rest may take once all is answered, or after a failure: connections close a little later, and a model
    /// that is being read can't be told to stop.
    private static let grace = Duration.milliseconds(1500)

    private let signals: UnixSignalsSequence
    private let server = Mutex<Server?>(nil)
    private let answered = AsyncStream.makeStream(of: Void.self)
    private let failures = AsyncStream.makeStream(of: (any Error).self)

    /// From now on signals wait for ``watchSignals()``.
    init() async {
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    }

    /// There is a server now that has to be ended.
    func prepare(_ server: Server) { self.server.withLock { $0 = server } }

    /// Everything the server had begun is answered.
    func hasAnsweredAll() { answered.continuation.finish() }

    /// A part of the server has failed; the others are being ended.
    func hasFailed(_ error: any Error) { failures.continuation.yield(error) }

    /// Acts on signals and failures until the task is cancelled, or ends the program.
    func watchSignals() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.endAfterFailure() }
            var isFirst = true
            for await signal in signals {
                guard isFirst else { exit(EXIT_FAILURE) }
                isFirst = false
                // Models are still being downloaded: the next start goes on from there.
                guard let server = server.withLock(\.self) else { exit(EXIT_SUCCESS) }
                group.addTask { await self.stop(server, after: signal) }
            }
            group.cancelAll()
        }
    }

    private func stop(_ server: Server, after signal: UnixSignal) async {
        let wasReady = server.announce()
        server.logger.info(
            "stopping",
            metadata: [
                "signal": "\(signal)", "delay": "\(server.settings.delay)", "timeout": "\(server.settings.timeout)",
            ])
        do {
            // A person at a terminal waits; and to a server that was never ready nobody sends anything.
            if signal == .sigterm, wasReady { try await Task.sleep(for: server.settings.delay) }
            await server.drain()
            guard try await isAnswered(by: server) else {
                server.logger.warning(
                    "requests are cut off: the time to finish them is over",
                    metadata: ["requests": "\(server.requestsInFlight())"])
                exit(EXIT_FAILURE)
            }
            try await Task.sleep(for: Self.grace)
        } catch {
            // All services have ended before.
            return
        }
        exit(EXIT_SUCCESS)
    }

    private func endAfterFailure() async {
        for await error in failures.stream {
            do {
                try await Task.sleep(for: Self.grace)
            } catch {
                return
            }
            Serve.exit(withError: error)
        }
    }

    /// Whether all is answered before the time of `server` is over.
    private func isAnswered(by server: Server) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in self.answered.stream {}
                try Task.checkCancellation()
                return true
            }
            group.addTask {
                try await Task.sleep(for: server.settings.timeout)
                // Connections close a little later than their last request is answered.
                if server.requestsInFlight() == 0 { try await Task.sleep(for: Self.grace) }
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
    }
}
