// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServing

@Suite struct PixelPermitsTests {
    private func permits(maxWaiting: Int = 10) -> PixelPermits {
        PixelPermits(maxPixels: 100, maxImages: 3, maxWaiting: maxWaiting)
    }

    @Test func grantsUntilThePixelsAreSpent() {
        var permits = permits()
        #expect(permits.request(1, pixels: 60) == .granted)
        #expect(permits.request(2, pixels: 40) == .granted)
        #expect(permits.request(3, pixels: 1) == .waits)
        #expect(permits.finish(pixels: 40) == [3])
    }

    @Test func grantsNoMoreImagesThanMayBeReadAtOnce() {
        var permits = permits()
        for id in 1...3 { #expect(permits.request(UInt64(id), pixels: 1) == .granted) }
        #expect(permits.request(4, pixels: 1) == .waits)
        #expect(permits.request(5, pixels: 1) == .waits)
        #expect(permits.finish(pixels: 1) == [4])
        #expect(permits.finish(pixels: 1) == [5])
        #expect(permits.finish(pixels: 1) == [])
    }

    @Test func grantsAnImageLargerThanTheBoundAlone() {
        var permits = permits()
        #expect(permits.request(1, pixels: 500) == .granted)
        #expect(permits.request(2, pixels: 1) == .waits)
        #expect(permits.finish(pixels: 500) == [2])
        #expect(permits.request(3, pixels: 500) == .waits)
        #expect(permits.finish(pixels: 1) == [3])
    }

    @Test func keepsTheOrder() {
        var permits = permits()
        #expect(permits.request(1, pixels: 50) == .granted)
        #expect(permits.request(2, pixels: 80) == .waits)
        // It would fit, and would keep the larger one waiting.
        #expect(permits.request(3, pixels: 10) == .waits)
        #expect(permits.finish(pixels: 50) == [2, 3])
    }

    @Test func forgetsWhoLeft() {
        var permits = permits()
        #expect(permits.request(1, pixels: 50) == .granted)
        #expect(permits.request(2, pixels: 80) == .waits)
        #expect(permits.request(3, pixels: 10) == .waits)
        #expect(permits.cancel(2) == [3])
        #expect(permits.cancel(9) == [])
        #expect(permits.finish(pixels: 10) == [])
    }

    @Test func rejectsWhenTooManyWait() {
        var permits = permits(maxWaiting: 1)
        #expect(permits.request(1, pixels: 100) == .granted)
        #expect(permits.request(2, pixels: 1) == .waits)
        #expect(permits.request(3, pixels: 1) == .rejected)
        #expect(permits.finish(pixels: 100) == [2])
        #expect(permits.request(3, pixels: 1) == .granted)
    }
}
