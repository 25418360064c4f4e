// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedServing
import FoundationEssentials

/// Finds each setting's value: flag, then environment, then environment file, then default.
///
/// A value that is not what its setting may be is an error that says where it stands, what it is and what is expected.
struct SettingsReader: Sendable {
    private let flags: Flags
    private let environment: [String: String]
    private let file: EnvironmentFile?

    init(flags: Flags, environment: [String: String], file: EnvironmentFile? = nil) {
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    /// A reader of `flags`, this process's environment, and the environment file that they name or that stands in the
    /// working directory.
    init(_ flags: Flags) throws {
        let environment = ProcessInfo.processInfo.environment
        let named = try SettingsReader(flags: flags, environment: environment).textIfSet(.environmentFile)
        self.init(flags: flags, environment: environment, file: try EnvironmentFile.read(named: named))
    }

    /// The person's home directory.
    var home: String { environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "." }

    /// Whether the environment itself, not a file, sets the variable called `name`.
    func isInEnvironment(_ name: String) -> Bool { environment[name]?.isEmpty == false }

    /// The value of `key` and where it stands; `nil` when it is set nowhere and has no default.
    func setting(_ key: ConfigurationKey) throws -> Setting? {
        if let values = flags[key] {
            let isOff = key.kind == .switch && values == ["false"]
            return try checked(Setting(values: values, origin: .flag(isOff ? "no-\(key.name)" : key.name)), key)
        }
        for variable in key.environment {
            if let text = environment[variable.name], !text.isEmpty {
                return try read(text, of: variable, at: .variable(variable.name), key)
            }
        }
        for variable in key.environment {
            if let file, let entry = file.entries[variable.name], !entry.value.isEmpty {
                let origin = Setting.Origin.line(entry.line, file: file.name, variable: variable.name)
                return try read(entry.value, of: variable, at: origin, key)
            }
        }
        return try key.defaultValue.map { try checked(Setting(values: [$0], origin: .byDefault), key) }
    }

    /// Reads every setting of the table, so that a bad value is found although nothing uses it.
    func checkAll() throws {
        for key in ConfigurationKeys.all { _ = try setting(key) }
    }

    private func read(
        _ text: String, of variable: ConfigurationKey.Variable, at origin: Setting.Origin, _ key: ConfigurationKey
    ) throws -> Setting {
        if let translation = variable.translation {
            guard let isOn = ConfigurationKey.Kind.isOn(trimmed(text)) else {
                throw wrong(text, at: origin, expected: ConfigurationKey.Kind.switch.expectation)
            }
            return Setting(values: [isOn ? translation.on : translation.off], origin: origin)
        }
        guard key.kind.isList else { return try checked(Setting(values: [text], origin: origin), key) }
        let parts = text.split(separator: ",").map { trimmed(String($0)) }.filter { !$0.isEmpty }
        return try checked(Setting(values: parts, origin: origin), key)
    }

    private func checked(_ setting: Setting, _ key: ConfigurationKey) throws -> Setting {
        // A list of nothing would switch off what the list is for: keys, most of all.
        guard !key.kind.isList || (!setting.values.isEmpty && !setting.values.contains("")) else {
            throw ValidationError("\(setting.origin) holds nothing; expected \(key.kind.expectation).")
        }
        var setting = setting
        setting.values = try setting.values.map { text in
            // Texts may begin or end with spaces: paths and keys do, rarely.
            guard let value = key.kind.normalized(key.kind == .text || key.kind.isSecret ? text : trimmed(text)) else {
                throw wrong(text, at: setting.origin, expected: key.kind.expectation)
            }
            return value
        }
        return setting
    }

    private func wrong(_ text: String, at origin: Setting.Origin, expected: String) -> ValidationError {
        ValidationError("\(origin) is \"\(text)\"; expected \(expected).")
    }

    private func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

// MARK: Typed reading

extension SettingsReader {
    /// The text of `key`, which has a default.
    func text(_ key: ConfigurationKey) throws -> String { try required(key, textIfSet(key)) }

    /// The text of `key`, or `nil` when it is set nowhere and has no default.
    func textIfSet(_ key: ConfigurationKey) throws -> String? { try setting(key)?.text }

    /// The whole number of `key`, which has a default.
    func integer(_ key: ConfigurationKey) throws -> Int { try required(key, integerIfSet(key)) }

    /// The whole number of `key`, or `nil` when it is set nowhere and has no default.
    func integerIfSet(_ key: ConfigurationKey) throws -> Int? { try textIfSet(key).flatMap { Int($0) } }

    /// The time of `key`, which has a default.
    func time(_ key: ConfigurationKey) throws -> KeepAlive { try required(key, KeepAlive(text(key))) }

    /// The duration of `key`: as `setting` says, or else as it is set or by default.
    func duration(_ key: ConfigurationKey, _ setting: Setting? = nil) throws -> Duration {
        let time = try KeepAlive(setting?.text ?? text(key))
        return try required(key, time?.duration)
    }

    /// The fraction of `key`, or `nil` when it is set nowhere.
    func fractionIfSet(_ key: ConfigurationKey) throws -> Double? { try textIfSet(key).flatMap { Double($0) } }

    /// Whether `key`, a switch with a default, is on.
    func isOn(_ key: ConfigurationKey) throws -> Bool { try text(key) == "true" }

    /// The choice of `key`, which has a default.
    func choice<Choice: RawRepresentable>(_ key: ConfigurationKey, of type: Choice.Type = Choice.self) throws -> Choice
    where Choice.RawValue == String {
        try required(key, choiceIfSet(key, of: type))
    }

    /// The choice of `key`, or `nil` when it is set nowhere and has no default.
    func choiceIfSet<Choice: RawRepresentable>(
        _ key: ConfigurationKey, of type: Choice.Type = Choice.self
    ) throws -> Choice? where Choice.RawValue == String {
        try textIfSet(key).flatMap { Choice(rawValue: $0) }
    }

    /// The values of `key`, a list; none when it is set nowhere and has no default.
    func list(_ key: ConfigurationKey) throws -> [String] { try setting(key)?.values ?? [] }

    private func required<Value>(_ key: ConfigurationKey, _ value: Value?) throws -> Value {
        guard let value else { throw ValidationError("\(key.name) is set nowhere and has no default.") }
        return value
    }
}
