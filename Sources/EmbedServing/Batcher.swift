// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine
package import Logging

/// The queue of one model: collects inputs while a batch runs, and runs the next as soon as the device is free.
///
/// A request that comes to an idle device runs at once, and what arrives meanwhile makes the next batch. Only right after
/// a batch may the next one be held back for a moment; see ``Gathering``.
package actor Batcher {
    /// Computes the vectors of one batch, `[vectors, dimension]`, away from the cooperative threads.
    package typealias Compute = @Sendable ([TokenizedInput]) async throws -> [Float]

    private struct Pending {
        let inputs: [TokenizedInput]
        /// The first vector of each input; `nil` when each has one.
        let firstVectors: [Int]?
        var values: [Float]
        /// Inputs without a vector yet.
        var missing: Int
        /// When it came; `nil` once one of its inputs is in a batch.
        var waitingSince: ContinuousClock.Instant?
        let continuation: CheckedContinuation<[Float], any Error>
    }

    /// A batch that waits for requests to come.
    private struct Held {
        var missing: Int
        /// Gets what is still missing when the wait ends.
        let continuation: CheckedContinuation<Int, Never>
    }

    /// Holds the model until ``run()`` has ended.
    private var compute: Compute
    private let dimension: Int
    private let limits: ServingLimits
    private let observer: any ModelObserver
    private let logger: Logger
    private var queue: BatchQueue
    private var pending: [BatchQueue.RequestID: Pending] = [:]
    private var lastID: BatchQueue.RequestID = 0
    /// Set while ``run()`` has nothing to do.
    private var idle: CheckedContinuation<Void, Never>?
    private var gathering = Gathering()
    /// Set while the next batch is held back.
    private var held: Held?
    private var isDraining = false
    private var hasEnded = false
    /// Those who wait for the end.
    private var awaitingEnd: [CheckedContinuation<Void, Never>] = []
    private var throughput = Throughput()
    private let clock = ContinuousClock()

    package init(
        dimension: Int, limits: ServingLimits, observer: any ModelObserver = NoObserver(), logger: Logger,
        compute: @escaping Compute
    ) {
        self.dimension = dimension
        self.compute = compute
        self.limits = limits
        self.observer = observer
        self.logger = logger
        queue = BatchQueue(limits: limits)
    }

    /// Requests that have an input in no batch yet.
    package var waitingRequests: Int { queue.waitingRequests }

    /// Waits for the vectors of `inputs`: `[vectors, dimension]`.
    ///
    /// - Throws: ``ServiceError``.
    package func vectors(of inputs: [TokenizedInput]) async throws -> [Float] {
        guard !isDraining else { throw ServiceError.shuttingDown }
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(id, inputs, continuation)
            }
        } onCancel: {
            Task { await self.cancel(id) }
        }
    }

    /// Runs batches until ``drain()`` was called, or the task cancelled, and nothing waits any more.
    package func run() async {
        await withTaskCancellationHandler {
            await runBatches()
        } onCancel: {
            Task { await self.drain() }
        }
        hasEnded = true
        compute = { _ in throw ServiceError.shuttingDown }
        for continuation in awaitingEnd { continuation.resume() }
        awaitingEnd = []
    }

    private func runBatches() async {
        while true {
            let batch = queue.nextBatch()
            guard batch.isEmpty else {
                await run(batch)
                continue
            }
            if isDraining { return }
            // Nothing can come between the check above and this: the actor does not let go in between.
            await withCheckedContinuation { idle = $0 }
        }
    }

    /// Takes no new work; ``run()`` returns once the work that waits is done.
    package func drain() {
        isDraining = true
        wake()
        release()
    }

    /// Takes no new work, and waits until ``run()`` has done what waits.
    package func finish() async {
        drain()
        guard !hasEnded else { return }
        await withCheckedContinuation { awaitingEnd.append($0) }
    }

    private func submit(
        _ id: BatchQueue.RequestID, _ inputs: [TokenizedInput], _ continuation: CheckedContinuation<[Float], any Error>
    ) {
        // The handler of a cancellation that came before this runs after it, and then finds nothing to cancel.
        guard !Task.isCancelled else { return continuation.resume(throwing: ServiceError.cancelled) }
        guard queue.add(id, tokenCounts: inputs.map(\.tokenIDs.count)) == .admitted else {
            let wait = throughput.duration(forTokens: queue.waitingTokens)
            return continuation.resume(throwing: ServiceError.overloaded(retryAfter: wait))
        }
        let count = inputs.reduce(0) { $0 + $1.vectorCount }
        var firstVectors: [Int]?
        if count != inputs.count {
            var next = 0
            firstVectors = inputs.map { input in
                defer { next += input.vectorCount }
                return next
            }
        }
        pending[id] = Pending(
            inputs: inputs, firstVectors: firstVectors, values: Array(repeating: 0, count: count * dimension),
            missing: inputs.count, waitingSince: clock.now, continuation: continuation)
        observeQueue()
        wake()
        held?.missing -= 1
        if held?.missing == 0 || queue.waitingTokens >= limits.maxBatchTokens { release() }
    }

    private func cancel(_ id: BatchQueue.RequestID) {
        guard let request = pending.removeValue(forKey: id) else { return }
        queue.remove(id)
        observeQueue()
        request.continuation.resume(throwing: ServiceError.cancelled)
    }

    private func observeQueue() {
        observer.queueHas(requests: queue.waitingRequests, tokens: queue.waitingTokens)
    }

    private func wake() {
        idle?.resume()
        idle = nil
    }

    private func run(_ batch: [BatchQueue.Item]) async {
        let inputs = batch.compactMap { pending[$0.request]?.inputs[$0.index] }
        let start = clock.now
        observeStart(of: batch, at: start)
        do {
            let values = try await compute(inputs)
            let (tokens, duration) = (inputs.reduce(0) { $0 + $1.tokenIDs.count }, clock.now - start)
            throughput.record(tokens: tokens, in: duration)
            observer.didRunBatch(inputs: batch.count, tokens: tokens, in: duration)
            logger.trace(
                "ran a batch",
                metadata: [
                    "inputs": "\(batch.count)", "tokens": "\(tokens)", "milliseconds": "\(duration / .milliseconds(1))",
                    "waiting_requests": "\(queue.waitingRequests)",
                ])
            let answered = finish(batch, inputs, values)
            await gather(after: answered, in: duration)
        } catch {
            logger.error("the device failed", metadata: ["error": "\(error)", "inputs": "\(batch.count)"])
            fail(batch)
        }
    }

    private func observeStart(of batch: [BatchQueue.Item], at start: ContinuousClock.Instant) {
        observeQueue()
        for item in batch {
            guard let index = pending.index(forKey: item.request), let since = pending.values[index].waitingSince else {
                continue
            }
            pending.values[index].waitingSince = nil
            observer.didWait(start - since)
        }
    }

    /// Lets the clients just answered come back before the next batch starts, where that pays.
    private func gather(after answered: Int, in duration: Duration) async {
        let isFull = queue.waitingTokens >= limits.maxBatchTokens
        guard !isDraining, !isFull else { return }
        switch gathering.action(afterAnswering: answered, in: duration, waiting: queue.waitingRequests) {
        case .runNow: return
        case .waitFor(let wanted, let longest):
            let timer = Task {
                do { try await clock.sleep(for: longest) } catch { return }
                // The requests may have come just now.
                if !Task.isCancelled { release() }
            }
            let missing = await withCheckedContinuation { held = Held(missing: wanted, continuation: $0) }
            timer.cancel()
            gathering.waited(for: wanted, missing: missing)
        }
    }

    /// Ends the wait of a batch that is held back.
    private func release() {
        guard let held else { return }
        self.held = nil
        held.continuation.resume(returning: held.missing)
    }

    /// Hands out the vectors of a batch; a request cancelled meanwhile is simply not there any more.
    ///
    /// - Returns: How many requests that completed.
    private func finish(_ batch: [BatchQueue.Item], _ inputs: [TokenizedInput], _ values: [Float]) -> Int {
        var answered = 0
        var next = 0
        for (item, input) in zip(batch, inputs) {
            let source = next..<next + input.vectorCount * dimension
            next = source.upperBound
            guard let index = pending.index(forKey: item.request) else { continue }
            let target = (pending.values[index].firstVectors?[item.index] ?? item.index) * dimension
            pending.values[index].values.replaceSubrange(target..<target + source.count, with: values[source])
            pending.values[index].missing -= 1
            if pending.values[index].missing == 0 {
                let done = pending.remove(at: index).value
                done.continuation.resume(returning: done.values)
                answered += 1
            }
        }
        return answered
    }

    private func fail(_ batch: [BatchQueue.Item]) {
        for item in batch {
            guard let request = pending.removeValue(forKey: item.request) else { continue }
            queue.remove(item.request)
            request.continuation.resume(throwing: ServiceError.deviceFailed)
        }
    }
}

/// How fast a model's batches have been lately, for telling clients when to come back.
struct Throughput: Sendable {
    /// Seconds a token took: an average in which each batch counts an eighth.
    private var secondsPerToken: Double?

    mutating func record(tokens: Int, in duration: Duration) {
        guard tokens > 0 else { return }
        let sample = duration / .seconds(1) / Double(tokens)
        secondsPerToken = secondsPerToken.map { $0 + (sample - $0) / 8 } ?? sample
    }

    /// How long `tokens` should take; a second before anything was measured, and never under 10 ms.
    func duration(forTokens tokens: Int) -> Duration {
        guard let secondsPerToken else { return .seconds(1) }
        return max(.milliseconds(10), .seconds(secondsPerToken * Double(tokens)))
    }
}
