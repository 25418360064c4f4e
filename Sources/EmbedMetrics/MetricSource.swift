// SPDX-License-Identifier: Apache-2.0

/// Writes families when a page of metrics is asked for.
package protocol MetricSource: Sendable {
    /// Writes the header of each family, and what series there are.
    func write(to text: inout MetricsText)
}
