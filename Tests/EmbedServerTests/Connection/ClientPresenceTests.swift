// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1)))
struct ClientPresenceTests {
    private struct Stopped: Error {}

    /// Waits to be cancelled.
    @Sendable
    private static func waitForEver() async throws {
        let (stream, _) = AsyncStream.makeStream(of: Never.self)
        for await _ in stream {}
        throw Stopped()
    }

    @Test func givesTheResultOfTheOperation() async throws {
        #expect(try await ClientPresence().whilePresent { 42 } == 42)
    }

    @Test func givesTheErrorOfTheOperation() async {
        await #expect(throws: Stopped.self) { try await ClientPresence().whilePresent { throw Stopped() } }
    }

    @Test func cancelsTheOperationWhenTheClientLeaves() async {
        let client = ClientPresence()
        await #expect(throws: Stopped.self) {
            try await client.whilePresent {
                client.leave()
                try await Self.waitForEver()
            }
        }
    }

    @Test func cancelsTheOperationOfAClientThatHasLeft() async {
        let client = ClientPresence()
        client.leave()
        await #expect(throws: Stopped.self) { try await client.whilePresent(Self.waitForEver) }
    }

    @Test func cancelsTheOperationWithTheTaskThatWaitsForIt() async throws {
        let client = ClientPresence()
        let task = Task { try await client.whilePresent(Self.waitForEver) }
        task.cancel()
        await #expect(throws: Stopped.self) { try await task.value }
    }

    @Test func leavesTheNextOperationAlone() async throws {
        let client = ClientPresence()
        _ = try await client.whilePresent { 1 }
        let isCancelled = try await client.whilePresent { Task.isCancelled }
        #expect(!isCancelled)
    }
}
