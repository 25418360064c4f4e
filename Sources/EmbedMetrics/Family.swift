// SPDX-License-Identifier: Apache-2.0

package import Synchronization

/// The metrics of one name, told apart by labels: never more than a fixed number of them.
///
/// What ``series(_:)`` needs can be inlined elsewhere: specialised it takes a third of the time.
package final class Family<Labels: LabelSet, Series: Metric>: MetricSource {
    @usableFromInline
    struct Rows {
        @usableFromInline var series: [Labels: Series] = [:]
        /// All of them in the order of the page, with what they are told apart by.
        var all: [(labels: [Label], series: Series)] = []
        /// Shared by all label sets over the limit.
        var overflow: Series?

        init() {}
    }

    /// The value of every label of the series that stands for all label sets over the limit.
    package static var overflowValue: String { "_other" }

    private let name: String
    private let help: String
    private let limit: Int
    private let make: @Sendable () -> Series
    @usableFromInline let rows = Mutex(Rows())

    /// - Parameters:
    ///   - name: with its unit; a counter's ends in `_total`.
    ///   - help: one sentence on what it tells.
    ///   - limit: most label sets with a series of their own.
    ///   - make: a series as it starts.
    package init(_ name: String, _ help: String, limit: Int, make: @escaping @Sendable () -> Series) {
        self.name = name
        self.help = help
        self.limit = limit
        self.make = make
    }

    /// The series of `labels`, a new one the first time; over the limit the one that all further label sets share.
    ///
    /// Takes a lock, and allocates for new labels only.
    @inlinable
    package func series(_ labels: Labels) -> Series {
        rows.withLock { rows in rows.series[labels] ?? add(labels, to: &rows) }
    }

    @usableFromInline
    func add(_ labels: Labels, to rows: inout Rows) -> Series {
        if let overflow = rows.overflow { return overflow }
        let series = make()
        if rows.all.count < limit {
            rows.series[labels] = series
            rows.all.append((labels.labels, series))
        } else {
            rows.overflow = series
            rows.all.append((labels.labels.map { Label($0.name, Self.overflowValue) }, series))
        }
        return series
    }

    package func write(to text: inout MetricsText) {
        text.family(name, help, Series.type)
        for (labels, series) in rows.withLock(\.all) {
            series.write(to: &text, name: name, labels: labels)
        }
    }
}

extension Family where Labels == NoLabels {
    /// A family of one series, which is there from the start.
    package convenience init(_ name: String, _ help: String, make: @escaping @Sendable () -> Series) {
        self.init(name, help, limit: 1, make: make)
        _ = only
    }

    package var only: Series { series(NoLabels()) }
}
