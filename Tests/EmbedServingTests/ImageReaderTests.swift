// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import EmbedServing

@Suite(.timeLimit(.minutes(1))) struct ImageReaderTests {
    /// How many images are in memory, and how many were at most.
    private final class Meter: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock(\.most) }

        func count(_ pixels: Int) {
            counts.withLock { counts in
                counts.now += pixels
                counts.most = max(counts.most, counts.now)
            }
        }
    }

    @Test func readsNoMorePixelsAtOnceThanAllowed() async throws {
        let reader = ImageReader(maxPixels: 100, width: 8, maxWaiting: 1000)
        let meter = Meter()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                let pixels = number % 60 + 1
                group.addTask {
                    try await reader.read(pixels: pixels) {
                        meter.count(pixels)
                        defer { meter.count(-pixels) }
                        return number
                    }
                }
            }
            var sum = 0
            for try await number in group { sum += number }
            #expect(sum == 199 * 200 / 2)
        }
        #expect(meter.most <= 100)
    }

    @Test func letsGoOfTheRoomOfImagesThatFail() async throws {
        let reader = ImageReader(maxPixels: 10, width: 1, maxWaiting: 0)
        for _ in 0..<5 {
            await #expect(throws: ServiceError.deviceFailed) {
                try await reader.read(pixels: 10) { throw ServiceError.deviceFailed }
            }
        }
        #expect(try await reader.read(pixels: 10) { 7 } == 7)
    }

    @Test func rejectsAndCancelsThoseThatWait() async throws {
        let reader = ImageReader(maxPixels: 10, width: 1, maxWaiting: 1)
        let (started, release) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let first = Task {
            try await reader.read(pixels: 10) {
                started.continuation.yield()
                // On a thread of the reader's own.
                let done = Mutex(false)
                Task {
                    for await _ in release.stream {}
                    done.withLock { $0 = true }
                }
                while !done.withLock(\.self) {}
            }
        }
        for await _ in started.stream { break }
        let second = Task { try await reader.read(pixels: 1) {} }
        var rejected: (any Error)?
        // Once the second waits there is no place for a third.
        while rejected == nil {
            let third = Task { try await reader.read(pixels: 1) {} }
            try await Task.sleep(for: .milliseconds(1))
            third.cancel()
            do { try await third.value } catch { if error as? ServiceError != .cancelled { rejected = error } }
        }
        #expect(rejected as? ServiceError == .overloaded(retryAfter: .seconds(1)))
        second.cancel()
        await #expect(throws: ServiceError.cancelled) { try await second.value }
        release.continuation.finish()
        try await first.value
        #expect(try await reader.read(pixels: 1) { 1 } == 1)
    }
}
