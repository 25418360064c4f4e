// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Testing

@Suite struct BatchQueueTests {
    @Test func fillsABatchUpToTheTokenBudget() {
        var queue = BatchQueue(limits: ServingLimits(maxBatchTokens: 10))
        #expect(queue.add(1, tokenCounts: [4, 4, 4]) == .admitted)
        #expect(queue.nextBatch() == [item(1, 0), item(1, 1)])
        #expect(queue.waitingTokens == 4)
        #expect(queue.nextBatch() == [item(1, 2)])
        #expect(queue.nextBatch().isEmpty)
        #expect(queue.waitingTokens == 0)
    }

    @Test func takesRequestsInTurn() {
        var queue = BatchQueue(limits: ServingLimits(maxBatchTokens: 4))
        _ = queue.add(1, tokenCounts: Array(repeating: 1, count: 100))
        _ = queue.add(2, tokenCounts: [1])
        _ = queue.add(3, tokenCounts: [1, 1])
        #expect(queue.nextBatch() == [item(1, 0), item(2, 0), item(3, 0), item(1, 1)])
        #expect(queue.nextBatch() == [item(3, 1), item(1, 2), item(1, 3), item(1, 4)])
    }

    @Test func runsAnInputLargerThanTheBudgetAlone() {
        var queue = BatchQueue(limits: ServingLimits(maxBatchTokens: 10))
        _ = queue.add(1, tokenCounts: [50, 1])
        #expect(queue.nextBatch() == [item(1, 0)])
        #expect(queue.nextBatch() == [item(1, 1)])
    }

    @Test func boundsTheInputsOfABatch() {
        var queue = BatchQueue(limits: ServingLimits(maxBatchTokens: 100, maxBatchInputs: 2))
        _ = queue.add(1, tokenCounts: [1, 1, 1])
        #expect(queue.nextBatch().count == 2)
    }

    @Test func rejectsWhenRequestsOrTokensAreFull() {
        var byRequests = BatchQueue(limits: ServingLimits(maxWaitingRequests: 1))
        #expect(byRequests.add(1, tokenCounts: [1]) == .admitted)
        #expect(byRequests.add(2, tokenCounts: [1]) == .rejected)
        var byTokens = BatchQueue(limits: ServingLimits(maxWaitingTokens: 10))
        #expect(byTokens.add(1, tokenCounts: [8]) == .admitted)
        #expect(byTokens.add(2, tokenCounts: [3]) == .rejected)
        #expect(byTokens.add(3, tokenCounts: [2]) == .admitted)
    }

    @Test func takesAnyRequestWhenEmpty() {
        var queue = BatchQueue(limits: ServingLimits(maxWaitingTokens: 10, maxWaitingRequests: 0))
        #expect(queue.add(1, tokenCounts: [100]) == .admitted)
    }

    @Test func hasRoomAgainAfterABatchAndARemoval() {
        var queue = BatchQueue(limits: ServingLimits(maxBatchTokens: 8, maxWaitingTokens: 10))
        _ = queue.add(1, tokenCounts: [8, 2])
        #expect(queue.add(2, tokenCounts: [1]) == .rejected)
        _ = queue.nextBatch()
        #expect(queue.add(2, tokenCounts: [1]) == .admitted)
        queue.remove(1)
        #expect(queue.waitingTokens == 1)
        #expect(queue.nextBatch() == [item(2, 0)])
        queue.remove(7)
        #expect(queue.isEmpty)
    }

    private func item(_ request: UInt64, _ index: Int) -> BatchQueue.Item {
        BatchQueue.Item(request: request, index: index)
    }
}
