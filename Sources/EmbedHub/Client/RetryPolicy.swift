// SPDX-License-Identifier: Apache-2.0

/// How often, and after how long, something is tried again that may work next time.
package struct RetryPolicy: Sendable {
    /// Attempts without any progress; as huggingface_hub has them.
    package var attempts = 5
    /// Doubled after each attempt.
    package var firstDelay = Duration.seconds(1)
    /// Also bounds what a server may ask for.
    package var maxDelay = Duration.seconds(60)
    /// Waits.
    package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init() {}

    /// How long to wait after the failure number `failures`, counted from 1; `nil` to give up.
    ///
    /// `asked` is what the server wants.
    func delay(after failures: Int, asked: Duration? = nil) -> Duration? {
        guard failures < attempts else { return nil }
        let own = firstDelay * (1 << min(failures - 1, 16))
        return min(max(own, asked ?? own), maxDelay)
    }
}

/// A failure that may be gone next time.
struct TransientFailure: Error {
    let reason: String
    /// What the server asks for.
    var delay: Duration?
}
