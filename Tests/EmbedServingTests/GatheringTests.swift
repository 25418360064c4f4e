// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServing

struct GatheringTests {
    @Test func waitsForTheClientsJustAnsweredWhenOthersWait() {
        var gathering = Gathering()
        let action = gathering.action(afterAnswering: 7, in: .milliseconds(8), waiting: 1)
        #expect(action == .waitFor(requests: 7, atMost: .milliseconds(1)))
    }

    @Test func waitsForSeveralClientsJustAnswered() {
        var gathering = Gathering()
        let action = gathering.action(afterAnswering: 2, in: .milliseconds(4), waiting: 0)
        #expect(action == .waitFor(requests: 2, atMost: .microseconds(500)))
    }

    @Test func neverWaitsLong() {
        var gathering = Gathering()
        let action = gathering.action(afterAnswering: 3, in: .seconds(1), waiting: 3)
        #expect(action == .waitFor(requests: 3, atMost: .milliseconds(2)))
    }

    @Test(arguments: [
        // One client alone.
        (answered: 1, duration: Duration.milliseconds(8), waiting: 0),
        // Nobody was answered: part of a large request.
        (answered: 0, duration: .milliseconds(8), waiting: 1),
        // The batch was so short that a timer would take longer.
        (answered: 4, duration: .microseconds(400), waiting: 4),
    ])
    func runsAtOnce(answered: Int, duration: Duration, waiting: Int) {
        var gathering = Gathering()
        #expect(gathering.action(afterAnswering: answered, in: duration, waiting: waiting) == .runNow)
    }

    @Test func waitsMoreRarelyWhereClientsDoNotComeBack() {
        var gathering = Gathering()
        #expect(batchesUntilWait(&gathering) == 0)
        for expected in [1, 3, 7, 15, 31, 63, 63] {
            gathering.waited(for: 4, missing: 4)
            #expect(batchesUntilWait(&gathering) == expected)
        }
    }

    @Test func waitsAgainOnceMostClientsCameBack() {
        var gathering = Gathering()
        gathering.waited(for: 4, missing: 4)
        gathering.waited(for: 4, missing: 1)
        #expect(batchesUntilWait(&gathering) == 0)
    }

    /// How many batches run without a wait before the next one that waits.
    private func batchesUntilWait(_ gathering: inout Gathering) -> Int {
        var count = 0
        while gathering.action(afterAnswering: 4, in: .milliseconds(8), waiting: 1) == .runNow { count += 1 }
        return count
    }
}
