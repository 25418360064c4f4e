// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// Decides which images may be decoded, so that all that are in memory at once have a bounded number of pixels.
///
/// Pure: no thread, no lock; ``ImageReader`` performs what it says. First come, first served: a large image is not
/// overtaken by small ones for ever.
struct PixelPermits: Sendable {
    /// Names an image.
    typealias ImageID = UInt64

    enum Admission: Equatable {
        /// It may be decoded now.
        case granted
        /// Some others have to be done before it.
        case waits
        /// Too many wait already.
        case rejected
    }

    private let maxPixels: Int
    private let maxImages: Int
    private let maxWaiting: Int
    private var pixels = 0
    private var images = 0
    private var waiting: Deque<(id: ImageID, pixels: Int)> = []

    /// - Parameters:
    ///   - maxPixels: of all images at once; one alone may have more.
    ///   - maxImages: at once, at least 1.
    ///   - maxWaiting: for others.
    init(maxPixels: Int, maxImages: Int, maxWaiting: Int) {
        self.maxPixels = maxPixels
        self.maxImages = maxImages
        self.maxWaiting = maxWaiting
    }

    mutating func request(_ id: ImageID, pixels: Int) -> Admission {
        if waiting.isEmpty, take(pixels) { return .granted }
        guard waiting.count < maxWaiting else { return .rejected }
        waiting.append((id, pixels))
        return .waits
    }

    /// An image of `pixels` is not in memory any more.
    ///
    /// - Returns: Those that may be decoded now.
    mutating func finish(pixels: Int) -> [ImageID] {
        self.pixels -= pixels
        images -= 1
        return grant()
    }

    /// Forgets an image that waits; one that doesn't changes nothing.
    ///
    /// - Returns: Those that may be decoded now.
    mutating func cancel(_ id: ImageID) -> [ImageID] {
        waiting.removeAll { $0.id == id }
        return grant()
    }

    private mutating func grant() -> [ImageID] {
        var granted: [ImageID] = []
        while let next = waiting.first, take(next.pixels) {
            waiting.removeFirst()
            granted.append(next.id)
        }
        return granted
    }

    private mutating func take(_ count: Int) -> Bool {
        guard images == 0 || (images < maxImages && pixels + count <= maxPixels) else { return false }
        pixels += count
        images += 1
        return true
    }
}
