// SPDX-License-Identifier: Apache-2.0

/// A figure that is kept, with no name and no labels of its own: those are its family's.
///
/// Updates take no lock and allocate nothing; whoever updates often obtains the metric once and keeps it.
package protocol Metric: AnyObject, Sendable {
    static var type: MetricType { get }

    /// Writes every sample of the metric.
    func write(to text: inout MetricsText, name: String, labels: [Label])
}

/// What the text format calls a family in its TYPE line.
package enum MetricType: String, Sendable {
    case counter
    case gauge
    case histogram
    case summary
}
