// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Synchronization

/// Whether the client of a connection is still there; stops work that nobody waits for.
final class ClientPresence: Sendable {
    private enum State {
        case present
        /// Someone wants to hear when the client leaves.
        case watched(AsyncStream<Never>.Continuation)
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
        if case .watched(let departure) = previous { departure.finish() }
    }

    /// Runs `operation` and cancels it when the client leaves.
    ///
    /// One at a time: a connection answers its requests one after the other.
    func whilePresent<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (departure, continuation) = AsyncStream.makeStream(of: Never.self)
        watch(continuation)
        defer { unwatch() }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                for await _ in departure {}
                return nil
            }
            while let outcome = try await group.next() {
                group.cancelAll()
                if let outcome { return outcome }
            }
            throw ServiceError.cancelled
        }
    }

    private func watch(_ continuation: AsyncStream<Never>.Continuation) {
        let hasLeft = state.withLock { state in
            if case .left = state { return true }
            state = .watched(continuation)
            return false
        }
        if hasLeft { continuation.finish() }
    }

    private func unwatch() {
        state.withLock { state in
            if case .watched = state { state = .present }
        }
    }
}
