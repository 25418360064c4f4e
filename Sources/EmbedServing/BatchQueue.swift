// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// Decides which inputs wait, and which of them make the next batch.
///
/// Pure: no clock, no task, no lock; ``Batcher`` performs what it says.
///
/// A batch takes one input of each waiting request in turn until its token budget is spent, so a short request that
/// arrives behind a request of 2,000 inputs is in the very next batch. Within a request the order is kept.
package struct BatchQueue: Sendable {
    /// Names a request while it waits.
    package typealias RequestID = UInt64

    /// One input of a request, chosen for a batch.
    package struct Item: Equatable, Sendable {
        package var request: RequestID
        /// Position in the request.
        package var index: Int

        package init(request: RequestID, index: Int) {
            self.request = request
            self.index = index
        }
    }

    package enum Admission: Equatable, Sendable {
        case admitted
        /// The queue is full.
        case rejected
    }

    private struct Waiting: Sendable {
        var id: RequestID
        /// Token counts of all inputs of the request.
        var tokenCounts: [Int]
        /// The first input that is in no batch yet.
        var next = 0
    }

    private let limits: ServingLimits
    private var requests: Deque<Waiting> = []
    /// Tokens of all inputs that are in no batch yet.
    package private(set) var waitingTokens = 0

    package init(limits: ServingLimits) {
        self.limits = limits
    }

    /// Requests that have an input in no batch yet.
    package var waitingRequests: Int { requests.count }

    package var isEmpty: Bool { requests.isEmpty }

    /// Takes a request in, unless the queue is full; an empty queue takes any request, however large.
    package mutating func add(_ id: RequestID, tokenCounts: [Int]) -> Admission {
        let tokens = tokenCounts.reduce(0, +)
        let hasRoom =
            requests.count < limits.maxWaitingRequests && waitingTokens + tokens <= limits.maxWaitingTokens
        guard hasRoom || requests.isEmpty else { return .rejected }
        waitingTokens += tokens
        requests.append(Waiting(id: id, tokenCounts: tokenCounts))
        return .admitted
    }

    /// Forgets what still waits of a request.
    package mutating func remove(_ id: RequestID) {
        guard let position = requests.firstIndex(where: { $0.id == id }) else { return }
        let request = requests.remove(at: position)
        waitingTokens -= request.tokenCounts[request.next...].reduce(0, +)
    }

    /// Takes the inputs of the next batch out of the queue; none when nothing waits.
    ///
    /// - Complexity: O(inputs of the batch).
    package mutating func nextBatch() -> [Item] {
        var batch: [Item] = []
        var tokens = 0
        while let request = requests.first {
            let cost = request.tokenCounts[request.next]
            let fits = tokens + cost <= limits.maxBatchTokens && batch.count < limits.maxBatchInputs
            guard fits || batch.isEmpty else { break }
            batch.append(Item(request: request.id, index: request.next))
            tokens += cost
            var taken = requests.removeFirst()
            taken.next += 1
            if taken.next < taken.tokenCounts.count { requests.append(taken) }
        }
        waitingTokens -= tokens
        return batch
    }
}
