// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Runs blocking work, loading and computing, away from Swift's cooperative threads.
///
/// Work runs one piece at a time in the order it came: all models of a device share its compute threads, so two passes
/// side by side would only slow each other down.
package final class ModelRunner: Sendable {
    private let queue: DispatchQueue

    /// `label` names the queue in debuggers.
    package init(label: String) {
        // The default, which needs no right: for a higher one Dispatch asks for a smaller nice value, and where that is
        // refused, as it is to services without privileges, writes a complaint to the system's log.
        queue = DispatchQueue(label: label, qos: .default)
    }

    /// Runs `work` and returns its result.
    package func run<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
