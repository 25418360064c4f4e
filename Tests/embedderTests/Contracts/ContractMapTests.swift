// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Testing

/// Documentation/Contracts.md says which test shows each row; the tests' titles say the same.
@Suite struct ContractMapTests {
    /// What stands in the last column, by row.
    private static func map() throws -> [String: [String]] {
        let path = Fixtures.path("../../Documentation/Contracts.md")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        var map: [String: [String]] = [:]
        for line in lines {
            guard let found = line.firstMatch(of: /^\| ((?:S[0-4]|X)-\d\d) \| [^|]+ \| (.+) \|$/) else { continue }
            map[String(found.1), default: []].append(String(found.2))
        }
        return map
    }

    @Test func everyRowStandsThereOnce() throws {
        let counts = [("S0", 68), ("S1", 44), ("S2", 32), ("S3", 38), ("S4", 36), ("X", 2)]
        let rows = counts.flatMap { service, count in
            (1...count).map { "\(service)-\($0 < 10 ? "0" : "")\($0)" }
        }
        let map = try Self.map()
        #expect(map.keys.sorted() == rows.sorted())
        #expect(map.values.allSatisfy { $0.count == 1 })
    }

    @Test func everyTestOfARowIsNamedThere() throws {
        let map = try Self.map()
        let folder = Fixtures.path("../embedderTests/Contracts")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder)
        where file.contains(/Contract(\+\w+)?\.swift$/) {
            let source = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for test in source.matches(of: /@Test\(\s*"([^"]*)"[\s\S]*?func (\w+)/) {
                for row in test.1.matches(of: /(?:S\d|X)-\d\d/) {
                    let cell = map[String(row.0)]?.first ?? ""
                    #expect(cell.contains("\(test.2)`"), "\(row.0) doesn't name \(test.2) of \(file)")
                }
            }
        }
    }

    /// Whether `name` is of a file of the repository: a path, or one of those that stand at its root.
    private static func isFile(_ name: Substring) -> Bool {
        let folders = [".github/", "Deploy/", "Examples/", "Scripts/"]
        let endings = [".yaml", ".nix", ".example", ".envrc"]
        return name.hasPrefix("Dockerfile") || folders.contains { name.hasPrefix($0) }
            || endings.contains { name.hasSuffix($0) }
    }

    @Test func everyFileOfARowIsThere() throws {
        let root = Fixtures.path("../..")
        for (row, cells) in try Self.map() {
            for name in cells.joined().matches(of: /`([\w.][\w.\/-]*)/) where Self.isFile(name.1) {
                let exists = FileManager.default.fileExists(atPath: "\(root)/\(name.1)")
                #expect(exists, "\(row) names \(name.1), which is not there")
            }
        }
    }

    @Test func everyStepOfCheckDeployIsThere() throws {
        let script = try String(contentsOfFile: Fixtures.path("../../Scripts/check-deploy"), encoding: .utf8)
        for (row, cells) in try Self.map() {
            for step in cells.joined().matches(of: /`Scripts\/check-deploy (\w+)`/) {
                #expect(script.contains("check_\(step.1)() {"), "\(row) names the step \(step.1), which is not there")
            }
        }
    }
}
