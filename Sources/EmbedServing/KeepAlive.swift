// SPDX-License-Identifier: Apache-2.0

/// How long a model stays in memory that nobody uses.
package enum KeepAlive: Sendable, Hashable {
    case forever
    /// Zero has it leave as soon as the request is done.
    case lasting(Duration)

    /// `nil` is for ever.
    package var duration: Duration? {
        switch self {
        case .forever: nil
        case .lasting(let duration): duration
        }
    }

    /// Reads what Ollama takes as `keep_alive`: "5m", "1h30m", "1.5s", "300" (seconds), "0"; "-1" and all that is negative
    /// is for ever.
    ///
    /// The units are those of Go's durations: ns, us, µs, ms, s, m and h. `nil` for what is no time.
    package init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard let seconds = Self.seconds(rest) else { return nil }
        if isNegative, seconds > 0 {
            self = .forever
        } else {
            // A hundred years and more are for ever.
            self = seconds > 3.2e9 ? .forever : .lasting(.seconds(seconds))
        }
    }

    private static func seconds(_ text: Substring) -> Double? {
        if let seconds = number(text) { return seconds }
        var (rest, sum) = (text, 0.0)
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(name.count)
            guard let number = number(digits), let unit = units[String(name)] else { return nil }
            sum += number * unit
        }
        return text.isEmpty ? nil : sum
    }

    /// The value of digits with at most one point among them.
    private static func number(_ text: Substring) -> Double? {
        guard text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }), let value = Double(text) else { return nil }
        return value
    }

    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "\u{B5}s": 1e-6, "\u{3BC}s": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]
}

extension KeepAlive: CustomStringConvertible {
    package var description: String {
        switch self {
        case .forever: "for ever"
        case .lasting(let duration): "\(duration / .seconds(1)) s"
        }
    }
}
