// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What becomes known of a request while it is answered, for logs and figures.
final class RequestFacts: Sendable {
    private let modelID = Mutex<String?>(nil)
    private let truncated = Atomic<Int>(0)

    /// The canonical id of the model that answers; `nil` when none does.
    var model: String? {
        get { modelID.withLock(\.self) }
        set { modelID.withLock { $0 = newValue } }
    }

    /// How many inputs were not embedded whole.
    var truncatedInputs: Int {
        get { truncated.load(ordering: .relaxed) }
        set { truncated.store(newValue, ordering: .relaxed) }
    }
}
