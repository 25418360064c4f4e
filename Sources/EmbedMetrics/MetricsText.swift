// SPDX-License-Identifier: Apache-2.0

/// Writes Prometheus' text format 0.0.4, described at prometheus.io/docs/instrumenting/exposition_formats.
package struct MetricsText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Starts a family: its HELP and TYPE lines, even if no sample follows.
    package mutating func family(_ name: String, _ help: String, _ type: MetricType) {
        precondition(type != .counter || name.hasSuffix("_total"), "\(name): the names of counters end in _total")
        append("# HELP ", name, " ")
        appendEscaped(help, quote: false)
        append("\n# TYPE ", name, " ", type.rawValue, "\n")
    }

    package mutating func sample(_ name: String, _ labels: [Label], _ value: Double) {
        sample(name, labels, Self.number(value))
    }

    package mutating func sample(_ name: String, _ labels: [Label], _ value: UInt64) {
        sample(name, labels, String(value))
    }

    /// As Go's `ParseFloat` reads it, and without a loss.
    package static func number(_ value: Double) -> String {
        switch value {
        case .infinity: "+Inf"
        case -.infinity: "-Inf"
        default: value.isNaN ? "NaN" : value.description
        }
    }

    private mutating func sample(_ name: String, _ labels: [Label], _ value: String) {
        append(name)
        var separator = "{"
        for label in labels {
            append(separator, label.name, "=\"")
            appendEscaped(label.value, quote: true)
            append("\"")
            separator = ","
        }
        append(labels.isEmpty ? " " : "} ", value, "\n")
    }

    private mutating func append(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
    }

    private mutating func appendEscaped(_ text: String, quote: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quote: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
