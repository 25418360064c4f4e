// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Logging
import ServiceLifecycle

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension ModelRegistry {
    /// Runs `body` once the registry is ready, then shuts it down.
    func whileRunning(_ body: (ModelRegistry) async throws -> Void) async throws {
        let group = ServiceGroup(services: [self], logger: silentLogger)
        async let running: Void = group.run()
        while !isReady { await Task.yield() }
        do {
            try await body(self)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }
}
