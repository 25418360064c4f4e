// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Logging
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BatcherTests {
    @Test func runsARequestAtOnceWhenIdle() async throws {
        let device = FakeDevice()
        try await withBatcher(device) { (batcher) async throws -> Void in
            #expect(try await batcher.vectors(of: inputs([3, 5])) == [3, -3, 5, -5])
            #expect(device.batches == [[3, 5]])
        }
    }

    @Test func collectsWhatArrivesWhileABatchRuns() async throws {
        let device = FakeDevice(isHeld: true)
        try await withBatcher(device) { (batcher) async throws -> Void in
            async let first = batcher.vectors(of: inputs([1]))
            await device.waitUntilRunning()
            async let second = batcher.vectors(of: inputs([2]))
            async let third = batcher.vectors(of: inputs([3]))
            try await batcher.waitUntil { $0.waitingRequests == 2 }
            device.release()
            #expect(try await first == [1, -1])
            #expect(try await second == [2, -2])
            #expect(try await third == [3, -3])
            #expect(device.batches.map { $0.sorted() } == [[1], [2, 3]])
        }
    }

    @Test func putsTheVectorsOfASplitRequestTogetherInOrder() async throws {
        let device = FakeDevice()
        try await withBatcher(device, limits: ServingLimits(maxBatchTokens: 4)) { (batcher) async throws -> Void in
            #expect(try await batcher.vectors(of: inputs([4, 1, 3, 2])) == [4, -4, 1, -1, 3, -3, 2, -2])
            #expect(device.batches == [[4], [1, 3], [2]])
        }
    }

    @Test func dropsQueuedWorkWhenTheClientLeaves() async throws {
        let device = FakeDevice(isHeld: true)
        try await withBatcher(device) { (batcher) async throws -> Void in
            async let first = batcher.vectors(of: inputs([1]))
            await device.waitUntilRunning()
            let leaving = Task { try await batcher.vectors(of: inputs([2, 2])) }
            try await batcher.waitUntil { $0.waitingRequests == 1 }
            leaving.cancel()
            await #expect(throws: ServiceError.cancelled) { try await leaving.value }
            try await batcher.waitUntil { $0.waitingRequests == 0 }
            device.release()
            #expect(try await first == [1, -1])
            #expect(device.batches == [[1]])
        }
    }

    @Test func survivesAClientThatLeavesWhileItsBatchRuns() async throws {
        let device = FakeDevice(isHeld: true)
        try await withBatcher(device) { (batcher) async throws -> Void in
            let leaving = Task { try await batcher.vectors(of: inputs([1])) }
            await device.waitUntilRunning()
            leaving.cancel()
            await #expect(throws: ServiceError.cancelled) { try await leaving.value }
            device.release()
            #expect(try await batcher.vectors(of: inputs([2])) == [2, -2])
        }
    }

    @Test func refusesACancelledTask() async throws {
        try await withBatcher(FakeDevice()) { (batcher) async throws -> Void in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await batcher.vectors(of: inputs([1]))
            }
            await #expect(throws: ServiceError.cancelled) { try await task.value }
        }
    }

    @Test func rejectsWhenFullAndSaysWhenToComeBack() async throws {
        let device = FakeDevice(isHeld: true)
        try await withBatcher(device, limits: ServingLimits(maxWaitingRequests: 1)) { (batcher) async throws -> Void in
            async let first = batcher.vectors(of: inputs([1]))
            await device.waitUntilRunning()
            async let second = batcher.vectors(of: inputs([2]))
            try await batcher.waitUntil { $0.waitingRequests == 1 }
            await #expect(throws: ServiceError.overloaded(retryAfter: .seconds(1))) {
                try await batcher.vectors(of: inputs([3]))
            }
            device.release()
            _ = try await (first, second)
        }
    }

    @Test func failsOnlyTheRequestsOfAFailedBatch() async throws {
        let device = FakeDevice()
        try await withBatcher(device) { (batcher) async throws -> Void in
            await #expect(throws: ServiceError.deviceFailed) {
                try await batcher.vectors(of: inputs([FakeDevice.poison]))
            }
            #expect(try await batcher.vectors(of: inputs([2])) == [2, -2])
        }
    }

    @Test func finishesWhatWaitsWhenDrainedAndTakesNothingNew() async throws {
        let device = FakeDevice(isHeld: true)
        try await withBatcher(device) { (batcher) async throws -> Void in
            async let first = batcher.vectors(of: inputs([1]))
            await device.waitUntilRunning()
            async let second = batcher.vectors(of: inputs([2]))
            try await batcher.waitUntil { $0.waitingRequests == 1 }
            await batcher.drain()
            await #expect(throws: ServiceError.shuttingDown) { try await batcher.vectors(of: inputs([3])) }
            device.release()
            #expect(try await first == [1, -1])
            #expect(try await second == [2, -2])
        }
    }

    @Test func endsWhenItsTaskIsCancelled() async throws {
        let batcher = Batcher(
            dimension: 2, limits: ServingLimits(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in [] }
        let running = Task { await batcher.run() }
        running.cancel()
        await running.value
    }

    /// Runs `body` with a batcher on `device`, then drains it; `run()` must return.
    private func withBatcher(
        _ device: FakeDevice, limits: ServingLimits = ServingLimits(), _ body: (Batcher) async throws -> Void
    ) async throws {
        let batcher = Batcher(
            dimension: 2, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) {
            try await device.compute($0)
        }
        async let running: Void = batcher.run()
        do {
            try await body(batcher)
        } catch {
            device.release()
            await batcher.drain()
            throw error
        }
        await batcher.drain()
        await running
    }
}

/// Inputs of these lengths.
private func inputs(_ lengths: [Int]) -> [PreparedInput] {
    lengths.map { .text(TokenizedInput(tokenIDs: Array(repeating: 1, count: $0), isTruncated: false)) }
}

extension Batcher {
    /// Waits until the queue is as wanted.
    fileprivate func waitUntil(_ condition: @Sendable (isolated Batcher) -> Bool) async throws {
        while !condition(self) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

/// Gives each input the vector [length, −length]; can hold its batches back.
private final class FakeDevice: Sendable {
    /// An input of this length makes its batch fail.
    static let poison = 999

    private struct State {
        var batches: [[Int]] = []
        var isHeld: Bool
    }

    private let state: Mutex<State>

    init(isHeld: Bool = false) {
        state = Mutex(State(isHeld: isHeld))
    }

    /// The lengths in each batch so far.
    var batches: [[Int]] { state.withLock(\.batches) }

    func compute(_ inputs: [PreparedInput]) async throws -> [Float] {
        let lengths = inputs.map(\.rowCount)
        state.withLock { $0.batches.append(lengths) }
        while state.withLock(\.isHeld) { await Task.yield() }
        if lengths.contains(Self.poison) { throw ServiceError.deviceFailed }
        return lengths.flatMap { [Float($0), -Float($0)] }
    }

    func waitUntilRunning() async {
        while batches.isEmpty { await Task.yield() }
    }

    func release() { state.withLock { $0.isHeld = false } }
}
