// SPDX-License-Identifier: Apache-2.0

/// How often a number fell into each of some fixed ranges, and the sum of all.
package final class Histogram: Metric {
    package static let type = MetricType.histogram

    private let bounds: [Double]
    /// One more than bounds: the last counts what is above all of them.
    private let buckets: [Counter]
    private let total = AtomicDouble()

    /// - Parameter bounds: the ranges' upper ends, each within its range, in rising order.
    package init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must rise")
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// All observations so far.
    package var count: UInt64 { buckets.reduce(0) { $0 + $1.value } }
    package var sum: Double { total.value }

    /// - Parameter value: what is not a number is ignored, because it would spoil the sum for good.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // A dozen bounds are searched faster in order than by halves.
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        buckets[index].increment()
        total.add(value)
    }

    package func write(to text: inout MetricsText, name: String, labels: [Label]) {
        // The count is the last bucket's, whatever is observed meanwhile: readers take the two for equal.
        var count: UInt64 = 0
        for (bucket, bound) in zip(buckets, bounds + [.infinity]) {
            count += bucket.value
            text.sample("\(name)_bucket", labels + [Label("le", MetricsText.number(bound))], count)
        }
        text.sample("\(name)_sum", labels, sum)
        text.sample("\(name)_count", labels, count)
    }
}
