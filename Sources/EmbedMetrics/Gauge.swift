// SPDX-License-Identifier: Apache-2.0

/// A number that goes up and down.
package final class Gauge: Metric {
    package static let type = MetricType.gauge

    private let number: AtomicDouble

    package init(_ value: Double = 0) {
        number = AtomicDouble(value)
    }

    package var value: Double { number.value }

    package func set(_ value: Double) {
        number.set(value)
    }

    package func add(_ amount: Double) {
        number.add(amount)
    }

    package func write(to text: inout MetricsText, name: String, labels: [Label]) {
        text.sample(name, labels, value)
    }
}
