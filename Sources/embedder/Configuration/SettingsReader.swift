// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials

/// Finds each setting's value: flag, then environment, then default.
struct SettingsReader {
    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// The text of `key`, or `nil` when it is set nowhere and has no default.
    func text(_ key: ConfigurationKey, flag: String?) -> String? {
        found(key, flag: flag)?.value ?? key.defaultValue
    }

    /// The integer of `key`, which must lie in `range`.
    func int(_ key: ConfigurationKey, flag: String?, in range: ClosedRange<Int>) throws -> Int? {
        try convert(key, flag: flag, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// The value of `key` among the cases of an enumeration.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: ConfigurationKey, flag: String?, of type: Choice.Type = Choice.self
    ) throws -> Choice? where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try convert(key, flag: flag, expected: "one of: \(names)") { Choice(rawValue: $0.lowercased()) }
    }

    /// All values of a setting that may be given several times; in the environment they are separated by commas.
    func list(_ key: ConfigurationKey, flags: [String]) -> [String] {
        guard flags.isEmpty else { return flags }
        return (found(key, flag: nil)?.value ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private func convert<Value>(
        _ key: ConfigurationKey, flag: String?, expected: String, _ body: (String) -> Value?
    ) throws -> Value? {
        let candidate = found(key, flag: flag) ?? key.defaultValue.map { ($0, "the default of --\(key.name)") }
        guard let (text, origin) = candidate else { return nil }
        guard let value = body(text) else {
            throw ValidationError("\(origin) is \"\(text)\"; expected \(expected).")
        }
        return value
    }

    /// The value and where it stands, for errors.
    private func found(_ key: ConfigurationKey, flag: String?) -> (value: String, origin: String)? {
        if let flag { return (flag, "--\(key.name)") }
        for name in key.environment {
            if let value = environment[name], !value.isEmpty { return (value, "environment variable \(name)") }
        }
        return nil
    }

    private func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
