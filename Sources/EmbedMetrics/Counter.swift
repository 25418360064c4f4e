// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A count that only grows.
package final class Counter: Metric {
    package static let type = MetricType.counter

    private let count = Atomic<UInt64>(0)

    package init() {}

    package var value: UInt64 { count.load(ordering: .relaxed) }

    /// - Parameter amount: less than nothing counts as nothing.
    package func increment(by amount: Int = 1) {
        count.wrappingAdd(UInt64(clamping: amount), ordering: .relaxed)
    }

    package func write(to text: inout MetricsText, name: String, labels: [Label]) {
        text.sample(name, labels, value)
    }
}
