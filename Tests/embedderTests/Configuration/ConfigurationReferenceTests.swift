// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import embedder

/// Documentation/Configuration.md has the table of settings that the program has.
@Suite struct ConfigurationReferenceTests {
    private static let path = (1...4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        .appending(path: "Documentation/Configuration.md").path
    private static let start = "<!-- The tables below are written by ConfigurationReferenceTests. -->\n"
    private static let end = "<!-- End of the tables. -->\n"

    /// With `REWRITE=1` in the environment the file is rewritten instead.
    @Test func isWhatTheProgramHas() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let head = try #require(text.range(of: Self.start))
        let tail = try #require(text.range(of: Self.end))
        let expected = text[..<head.upperBound] + "\n" + Self.tables + text[tail.lowerBound...]
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try String(expected).write(toFile: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text == expected,
                """
                Documentation/Configuration.md is not what the program has; rewrite it with
                REWRITE=1 make test ARGS="--filter ConfigurationReferenceTests"
                """)
        }
    }

    private static var tables: String {
        ConfigurationKeys.groups.map { group in
            """
            ### \(group.title)

            | setting | flags | environment | default | meaning |
            | --- | --- | --- | --- | --- |
            \(group.keys.map(row).joined(separator: "\n"))


            """
        }.joined()
    }

    private static func row(_ key: ConfigurationKey) -> String {
        let names = key.hasFlag ? [key.name] + key.flagAliases : []
        let flags = names.flatMap { key.kind == .switch ? ["`--\($0)`", "`--no-\($0)`"] : ["`--\($0)`"] }
        let variables = key.environment.map { variable in
            guard let translation = variable.translation else { return "`\(variable.name)`" }
            return "`\(variable.name)` (on: \(translation.on), off: \(translation.off))"
        }
        let cells = [
            key.name, flags.joined(separator: ", "), variables.joined(separator: ", "),
            key.defaultValue.map { "`\($0)`" } ?? key.defaultNote ?? "", key.help + allowed(key),
        ]
        return "| \(cells.map { $0.isEmpty ? "–" : $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
    }

    /// What a value may be, where the help doesn't say.
    private static func allowed(_ key: ConfigurationKey) -> String {
        switch key.kind {
        case .integer(let range): " \(range.lowerBound) to \(range.upperBound)."
        case .fraction: " Above 0, at most 1."
        case .choice(let names, _) where !names.allSatisfy(key.help.contains): " \(names.joined(separator: ", "))."
        case .text, .switch, .byteCount, .time, .duration, .choice, .list, .secret, .secretList: ""
        }
    }
}
