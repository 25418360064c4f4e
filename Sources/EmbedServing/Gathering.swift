// SPDX-License-Identifier: Apache-2.0

/// Decides whether to wait a moment, between two batches, for the clients that the last one answered.
///
/// A client that sends one request after the other comes back a fraction of a millisecond after its answer. A batch that
/// starts before leaves it to the next one, so that equal clients fall into two halves that take turns for ever, and every
/// weight is read twice as often as it has to be. Where clients come at their own pace waiting doesn't pay, and is tried
/// ever more rarely.
///
/// One client alone never waits, and nobody does on a device that has been idle for longer than the wait. Pure: no clock,
/// no task; ``Batcher`` performs what it says.
struct Gathering: Sendable {
    enum Action: Equatable {
        case runNow
        /// Wait until so many requests more have come.
        case waitFor(requests: Int, atMost: Duration)
    }

    /// Shorter than this a timer is no use, and the batches are so short that gathering isn't either.
    private static let shortestWait = Duration.microseconds(100)
    private static let longestWait = Duration.milliseconds(2)
    private static let mostSkips = 63

    /// Batches to run without waiting after a wait that didn't pay.
    private var skips = 0
    private var skipsLeft = 0

    /// What to do when a batch has been answered.
    ///
    /// - Parameters:
    ///   - answered: requests that the batch completed.
    ///   - duration: what the batch took; at most an eighth of it is spent on waiting.
    ///   - waiting: requests that could run at once.
    /// - Returns: Nothing to wait for, or how long at most.
    mutating func action(afterAnswering answered: Int, in duration: Duration, waiting: Int) -> Action {
        let wait = min(duration / 8, Self.longestWait)
        guard answered > 0, answered + waiting > 1, wait >= Self.shortestWait else { return .runNow }
        guard skipsLeft == 0 else {
            skipsLeft -= 1
            return .runNow
        }
        return .waitFor(requests: answered, atMost: wait)
    }

    /// Learns how a wait for `wanted` requests ended.
    mutating func waited(for wanted: Int, missing: Int) {
        // Three quarters: then most clients do come back at once.
        skips = missing * 4 <= wanted ? 0 : min(skips * 2 + 1, Self.mostSkips)
        skipsLeft = skips
    }
}
