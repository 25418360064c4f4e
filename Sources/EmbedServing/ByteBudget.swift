// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Bounds the memory of what many requests keep at the same time.
package final class ByteBudget: Sendable {
    private let byteLimit: Int
    private let byteCount = Mutex(0)

    package init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Whether `bytes` more may be kept; if so they count until ``release(_:)``.
    ///
    /// With `orAlone` they may also be more than the limit, as long as nobody else keeps any.
    package func take(_ bytes: Int, orAlone: Bool = false) -> Bool {
        byteCount.withLock { count in
            guard bytes == 0 || count + bytes <= byteLimit || (orAlone && count == 0) else { return false }
            count += bytes
            return true
        }
    }

    package func release(_ bytes: Int) {
        byteCount.withLock { $0 -= bytes }
    }
}
