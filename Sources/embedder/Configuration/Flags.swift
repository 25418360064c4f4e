// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What the command line says, by setting.
struct Flags: Sendable {
    private var values: [String: [String]] = [:]

    init(
        _ texts: KeyValuePairs<ConfigurationKey, String?> = [:],
        lists: KeyValuePairs<ConfigurationKey, [String]> = [:],
        switches: KeyValuePairs<ConfigurationKey, Bool?> = [:]
    ) {
        for (key, text) in texts { values[key.name] = text.map { [$0] } }
        for (key, list) in lists where !list.isEmpty { values[key.name] = list }
        for (key, isOn) in switches { values[key.name] = isOn.map { ["\($0)"] } }
    }

    /// What was given for `key`; `nil` when its flag is not there.
    subscript(key: ConfigurationKey) -> [String]? { values[key.name] }

    static func + (a: Flags, b: Flags) -> Flags {
        var sum = a
        sum.values.merge(b.values) { _, new in new }
        return sum
    }
}

/// Flags of several commands that are settings.
protocol SettingArguments: ParsableArguments {
    var flags: Flags { get }
}
