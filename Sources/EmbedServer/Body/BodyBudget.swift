// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Bounds the memory of all request bodies that are being received at the same time.
final class BodyBudget: Sendable {
    private let byteLimit: Int
    private let byteCount = Mutex(0)

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Whether `bytes` more may be kept; if so they count until ``release(_:)``.
    func take(_ bytes: Int) -> Bool {
        byteCount.withLock { count in
            guard count + bytes <= byteLimit else { return false }
            count += bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        byteCount.withLock { $0 -= bytes }
    }
}
