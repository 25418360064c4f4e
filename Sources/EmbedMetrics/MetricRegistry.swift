// SPDX-License-Identifier: Apache-2.0

/// All families of a program, in the order of its page.
package struct MetricRegistry: Sendable {
    private let sources: [any MetricSource]

    package init(_ sources: [any MetricSource]) {
        self.sources = sources
    }

    /// The page as it is now, in ``MetricsText``'s format.
    package func page() -> [UInt8] {
        var text = MetricsText()
        for source in sources { source.write(to: &text) }
        return text.bytes
    }
}
