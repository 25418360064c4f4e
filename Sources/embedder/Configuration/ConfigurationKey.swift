// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// One setting: its flags, its environment variables, what it may be, and its default.
///
/// The whole table is ``ConfigurationKeys``.
struct ConfigurationKey: Sendable {
    /// The setting's name in messages, and its flag without dashes.
    let name: String
    /// Whether it can be given on the command line.
    var hasFlag = true
    /// Other spellings of the flag.
    var flagAliases: [String] = []
    /// The first that is set and not empty wins.
    var environment: [Variable] = []
    let kind: Kind
    /// As it would be typed; `nil` when there is none.
    var defaultValue: String?
    /// What holds when it is set nowhere, in words, for settings without a ``defaultValue``.
    var defaultNote: String?
    /// What stands for the value in `--help`.
    var valueName = "value"
    /// A few words for `--help` and the documentation.
    let help: String

    /// An environment variable of a setting.
    struct Variable: Sendable, Equatable, ExpressibleByStringLiteral {
        let name: String
        /// What on and off stand for, when the variable is a switch and the setting isn't.
        private(set) var translation: Translation?

        struct Translation: Sendable, Equatable {
            let on: String
            let off: String
        }

        init(stringLiteral name: String) { self.name = name }

        /// A variable that is a switch; `on` and `off` are the values of the setting that it stands for.
        static func `switch`(_ name: String, on: String, off: String) -> Variable {
            var variable = Variable(stringLiteral: name)
            variable.translation = Translation(on: on, off: off)
            return variable
        }
    }
}

extension ConfigurationKey {
    /// The flag's names for ArgumentParser.
    var flags: NameSpecification {
        NameSpecification(([name] + flagAliases).map { .customLong($0) })
    }

    /// The help text for ArgumentParser, with default and environment.
    var argumentHelp: ArgumentHelp {
        let notes = [
            (defaultValue ?? defaultNote).map { "default: \($0)" }, environment.first.map { "env: \($0.name)" },
        ].compactMap(\.self)
        return ArgumentHelp(
            "\(help)\(notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")", valueName: valueName)
    }
}

extension Option where Value == String? {
    /// The flag of `key`.
    init(_ key: ConfigurationKey) { self.init(name: key.flags, help: key.argumentHelp) }
}

extension Option where Value == [String] {
    /// The flag of `key`, which may be given several times.
    init(wrappedValue: [String], _ key: ConfigurationKey) {
        self.init(wrappedValue: wrappedValue, name: key.flags, help: key.argumentHelp)
    }
}

extension Flag where Value == Bool? {
    /// The flags `--name` and `--no-name` of `key`.
    init(_ key: ConfigurationKey) { self.init(name: key.flags, inversion: .prefixedNo, help: key.argumentHelp) }
}
