// SPDX-License-Identifier: Apache-2.0

/// One label of a series.
package struct Label: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What tells the series of a family apart.
package protocol LabelSet: Hashable, Sendable {
    /// Always the same names in the same order.
    var labels: [Label] { get }
}

/// The labels of a family with one series.
package struct NoLabels: LabelSet {
    package init() {}

    package var labels: [Label] { [] }
}
