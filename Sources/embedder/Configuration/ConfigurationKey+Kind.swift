// SPDX-License-Identifier: Apache-2.0

import EmbedServing

extension ConfigurationKey {
    /// What a setting may be.
    enum Kind: Sendable, Equatable {
        case text
        case integer(ClosedRange<Int>)
        /// More than 0, up to 1.
        case fraction
        case `switch`
        /// One of these names, in any case; a synonym stands for one of them.
        case choice([String], synonyms: [String: String] = [:])
        /// A size such as 2GiB, 512MB or 1000000.
        case byteCount
        /// A time such as 5m; see ``KeepAlive``.
        case time
        /// A time such as 25s that ends.
        case duration
        /// Several texts: flags given several times, elsewhere separated by commas.
        case list
        /// A text that is never shown.
        case secret
        /// A ``list`` that is never shown.
        case secretList

        /// The names of an enumeration's cases.
        static func choice<Choice: RawRepresentable & CaseIterable>(of type: Choice.Type) -> Kind
        where Choice.RawValue == String {
            .choice(Choice.allCases.map(\.rawValue))
        }

        var isSecret: Bool { self == .secret || self == .secretList }
        var isList: Bool { self == .list || self == .secretList }

        /// What a value must be, for messages.
        var expectation: String {
            switch self {
            case .text, .secret: "a text"
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .fraction: "a number above 0, at most 1"
            case .byteCount: "a size such as 2GiB, 512MB or a number of bytes"
            case .time: "a time such as 5m, 1h30m or a number of seconds; -1 is for ever"
            case .duration: "a time such as 25s, 1m30s or a number of seconds"
            case .switch: "1, true, yes, y or on; or 0, false, no, n or off"
            case .choice(let names, _): "one of: \(names.joined(separator: ", "))"
            case .list, .secretList: "texts separated by commas"
            }
        }

        /// `text` in the one form that is read further, or `nil` when it is not what the setting may be.
        func normalized(_ text: String) -> String? {
            switch self {
            case .text, .secret, .list, .secretList:
                return text
            case .integer(let range):
                return Int(text).flatMap { range.contains($0) ? "\($0)" : nil }
            case .fraction:
                return Double(text).flatMap { $0 > 0 && $0 <= 1 ? "\($0)" : nil }
            case .byteCount:
                return Self.byteCount(text).map { "\($0)" }
            case .time:
                return KeepAlive(text) == nil ? nil : text
            case .duration:
                return KeepAlive(text)?.duration == nil ? nil : text
            case .switch:
                return Self.isOn(text).map { "\($0)" }
            case .choice(let names, let synonyms):
                let name = text.lowercased()
                return names.contains(name) ? name : synonyms[name]
            }
        }

        /// The bytes that `text` says; `nil` when it is no size.
        ///
        /// KB, MB, GB and TB are powers of 1,000, KiB, MiB, GiB and TiB, and K, M, G and T alone, of 1,024; in any case,
        /// with or without a space.
        static func byteCount(_ text: String) -> Int? {
            let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
            let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
            let units = ["k", "m", "g", "t"]
            var factor: Double?
            if name.isEmpty || name == "b" { factor = 1 }
            for (index, unit) in units.enumerated() where name.hasPrefix(unit) {
                let step: Double? =
                    switch name.dropFirst() {
                    case "b": 1000
                    case "", "ib": 1024
                    default: nil
                    }
                factor = step.map { step in (0...index).reduce(1) { product, _ in product * step } }
            }
            guard let number = Double(digits), let factor, (1...1e18).contains(number * factor) else { return nil }
            return Int(number * factor)
        }

        /// Whether `text` switches something on; `nil` when it says neither.
        static func isOn(_ text: String) -> Bool? {
            switch text.lowercased() {
            case "1", "true", "yes", "y", "on": true
            case "0", "false", "no", "n", "off": false
            default: nil
            }
        }
    }
}
