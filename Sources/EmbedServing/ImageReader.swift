// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Reads images away from Swift's cooperative threads: few at a time, because a decoded image of some hundred kilobytes may
/// take a hundred megabytes.
package final class ImageReader: Sendable {
    private struct State {
        var permits: PixelPermits
        var lastID: PixelPermits.ImageID = 0
        var waiting: [PixelPermits.ImageID: CheckedContinuation<Void, any Error>] = [:]
    }

    /// What a client is told to wait when too many images wait already.
    private static let retryAfter = Duration.seconds(1)

    private let queue = DispatchQueue(label: "embedder.images", attributes: .concurrent)
    private let state: Mutex<State>
    /// How many are read at the same time.
    let width: Int

    /// - Parameters:
    ///   - maxPixels: of all images that are being read.
    ///   - width: images at the same time, at least 1.
    ///   - maxWaiting: images that may wait for others.
    package init(maxPixels: Int, width: Int, maxWaiting: Int) {
        self.width = width
        state = Mutex(
            State(permits: PixelPermits(maxPixels: maxPixels, maxImages: width, maxWaiting: maxWaiting)))
    }

    /// Runs `work`, which decodes an image of so many pixels, once there is room for them.
    ///
    /// - Throws: what `work` throws, and ``ServiceError`` for an image that doesn't get its turn.
    package func read<Success: Sendable>(
        pixels: Int, _ work: @escaping @Sendable () throws -> Success
    ) async throws -> Success {
        try await waitForTurn(pixels)
        defer { change { $0.permits.finish(pixels: pixels) } }
        guard !Task.isCancelled else { throw ServiceError.cancelled }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private func waitForTurn(_ pixels: Int) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                request(id, pixels, continuation)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func request(
        _ id: PixelPermits.ImageID, _ pixels: Int, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let result: Result<Void, any Error>? = state.withLock { state in
            // A cancellation that came before found nothing to cancel; one that comes after this finds it.
            guard !Task.isCancelled else { return .failure(ServiceError.cancelled) }
            switch state.permits.request(id, pixels: pixels) {
            case .granted: return .success(())
            case .rejected: return .failure(ServiceError.overloaded(retryAfter: Self.retryAfter))
            case .waits:
                state.waiting[id] = continuation
                return nil
            }
        }
        if let result { continuation.resume(with: result) }
    }

    private func cancel(_ id: PixelPermits.ImageID) {
        var cancelled: CheckedContinuation<Void, any Error>?
        change { state in
            // Without a continuation it doesn't wait: it has its permit, or was rejected.
            cancelled = state.waiting.removeValue(forKey: id)
            return cancelled == nil ? [] : state.permits.cancel(id)
        }
        cancelled?.resume(throwing: ServiceError.cancelled)
    }

    /// Changes the state, and wakes those that got a permit by that.
    private func change(_ body: (inout State) -> [PixelPermits.ImageID]) {
        let woken = state.withLock { state in
            body(&state).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for continuation in woken { continuation.resume() }
    }
}
