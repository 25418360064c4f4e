// SPDX-License-Identifier: Apache-2.0

/// How many numbers there were, and their sum: a summary without quantiles.
package final class Summary: Metric {
    package static let type = MetricType.summary

    private let counter = Counter()
    private let total = AtomicDouble()

    package init() {}

    package var count: UInt64 { counter.value }
    package var sum: Double { total.value }

    /// - Parameter value: what is not a number is ignored, because it would spoil the sum for good.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        counter.increment()
        total.add(value)
    }

    package func write(to text: inout MetricsText, name: String, labels: [Label]) {
        text.sample("\(name)_count", labels, count)
        text.sample("\(name)_sum", labels, sum)
    }
}
