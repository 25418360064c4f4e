// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine
package import Logging

/// The queue of one model: collects inputs while a batch runs, and runs the next as soon as the device is free.
///
/// A request never waits for others to join it: when the device is idle its inputs run at once, and what arrives
/// meanwhile makes the next batch.
package actor Batcher {
    /// Computes the vectors of one batch, `[inputs, dimension]`, away from the cooperative threads.
    package typealias Compute = @Sendable ([TokenizedInput]) async throws -> [Float]

    private struct Pending {
        let inputs: [TokenizedInput]
        var values: [Float]
        /// Inputs without a vector yet.
        var missing: Int
        let continuation: CheckedContinuation<[Float], any Error>
    }

    private let compute: Compute
    private let dimension: Int
    private let logger: Logger
    private var queue: BatchQueue
    private var pending: [BatchQueue.RequestID: Pending] = [:]
    private var lastID: BatchQueue.RequestID = 0
    /// Set while ``run()`` has nothing to do.
    private var idle: CheckedContinuation<Void, Never>?
    private var isDraining = false
    private var throughput = Throughput()
    private let clock = ContinuousClock()

    package init(dimension: Int, limits: ServingLimits, logger: Logger, compute: @escaping Compute) {
        self.dimension = dimension
        self.compute = compute
        self.logger = logger
        queue = BatchQueue(limits: limits)
    }

    /// Requests that have an input in no batch yet.
    package var waitingRequests: Int { queue.waitingRequests }

    /// Waits for the vectors of `inputs`: `[inputs, dimension]`.
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
        pending[id] = Pending(
            inputs: inputs, values: Array(repeating: 0, count: inputs.count * dimension), missing: inputs.count,
            continuation: continuation)
        wake()
    }

    private func cancel(_ id: BatchQueue.RequestID) {
        guard let request = pending.removeValue(forKey: id) else { return }
        queue.remove(id)
        request.continuation.resume(throwing: ServiceError.cancelled)
    }

    private func wake() {
        idle?.resume()
        idle = nil
    }

    private func run(_ batch: [BatchQueue.Item]) async {
        let inputs = batch.compactMap { pending[$0.request]?.inputs[$0.index] }
        let start = clock.now
        do {
            let values = try await compute(inputs)
            throughput.record(tokens: inputs.reduce(0) { $0 + $1.tokenIDs.count }, in: clock.now - start)
            finish(batch, values)
        } catch {
            logger.error("the device failed", metadata: ["error": "\(error)", "inputs": "\(batch.count)"])
            fail(batch)
        }
    }

    /// Hands out the vectors of a batch; a request cancelled meanwhile is simply not there any more.
    private func finish(_ batch: [BatchQueue.Item], _ values: [Float]) {
        for (row, item) in batch.enumerated() {
            guard let index = pending.index(forKey: item.request) else { continue }
            let target = item.index * dimension
            pending.values[index].values.replaceSubrange(
                target..<target + dimension, with: values[row * dimension..<(row + 1) * dimension])
            pending.values[index].missing -= 1
            if pending.values[index].missing == 0 {
                let done = pending.remove(at: index).value
                done.continuation.resume(returning: done.values)
            }
        }
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
