// SPDX-License-Identifier: Apache-2.0

/// What time it is, and waiting for a time: the system's, or a test's.
package struct RegistryClock: Sendable {
    /// The time since a moment in the past that stays the same.
    package var now: @Sendable () -> Duration
    /// Returns at a time, or throws when the task is cancelled before.
    package var sleep: @Sendable (_ until: Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's clock, which goes on while the machine sleeps.
    package static let continuous: RegistryClock = {
        let clock = ContinuousClock()
        let start = clock.now
        return RegistryClock(
            now: { clock.now - start }, sleep: { try await clock.sleep(until: start + $0, tolerance: nil) })
    }()
}
