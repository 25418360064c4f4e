// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether the client of a connection is still there; stops work that nobody waits for.
final class ClientPresence: Sendable {
    private enum State {
        case present
        /// Someone wants to hear when the client leaves.
        case watched(@Sendable () -> Void)
        case left
    }

    /// The client whose requests the current task answers.
    @TaskLocal static var current: ClientPresence?

    private let state = Mutex(State.present)

    /// The client has closed its side, or the connection broke.
    func leave() {
        let previous = state.withLock { state in
            defer { state = .left }
            return state
        }
        if case .watched(let onLeave) = previous { onLeave() }
    }

    /// Runs `operation` and cancels it when the client leaves.
    ///
    /// One at a time: a connection answers its requests one after the other.
    func whilePresent<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // A task that can be cancelled from outside, which a child can't. It begins on this thread: another would take
        // longer to wake up than most of what runs here takes until it waits for a batch.
        let task = Task.immediate(operation: operation)
        watch { task.cancel() }
        defer { unwatch() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func watch(_ onLeave: @escaping @Sendable () -> Void) {
        let hasLeft = state.withLock { state in
            if case .left = state { return true }
            state = .watched(onLeave)
            return false
        }
        if hasLeft { onLeave() }
    }

    private func unwatch() {
        state.withLock { state in
            if case .watched = state { state = .present }
        }
    }
}
