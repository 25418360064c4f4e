// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedModels
import EmbedTestSupport
import Foundation
import Testing

/// Documentation/Models.md, supported_models.txt, the architectures and the small models name each other.
@Suite struct ModelsPageTests {
    /// The cells of all rows of tables under the heading, up to the next heading of its rank or a higher one.
    private static func rows(under heading: String) throws -> [[String]] {
        let page = try String(contentsOfFile: Fixtures.path("../../Documentation/Models.md"), encoding: .utf8)
        let lines = page.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0 == heading }, "no heading \(heading)")
        let marks = heading.prefix { $0 == "#" }.count
        return lines[(start + 1)...]
            .prefix { line in !(1...marks).contains(line.prefix { $0 == "#" }.count) }
            .filter { $0.hasPrefix("| ") }
            .map { $0.dropFirst(2).split(separator: " | ").map(String.init) }
    }

    /// What stands between backticks.
    private static func names(in cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.1) } }

    @Test func theListHasTheModelsOfThePage() throws {
        let rows = try Self.rows(under: "## Supported models")
        let page = rows.flatMap { Self.names(in: $0[0]) }
        let file = "supported_models.txt"
        let list = try Allowlist(parsing: Fixtures.bytes("../../\(file)"), file: file).ids.map(\.text)
        #expect(page.sorted() == list.sorted())
    }

    @Test func noModelIsSupportedAndNot() throws {
        let supported = Set(try Self.rows(under: "## Supported models").flatMap { Self.names(in: $0[0]) })
        for heading in ["## Not established", "## Not supported"] {
            let others = try Self.rows(under: heading).flatMap { Self.names(in: $0[0]) }
            #expect(others.contains { $0.contains("/") })
            #expect(supported.isDisjoint(with: others))
        }
    }

    @Test func everyModelTypeIsNamed() throws {
        let rows = try Self.rows(under: "### Architectures")
        let types = rows.flatMap { Self.names(in: $0[1]) }
        #expect(types.sorted() == Architectures.all.flatMap(\.modelTypes).sorted())
    }

    @Test(arguments: ["### Architectures", "### Modules and files"])
    func everySmallModelIsThere(heading: String) throws {
        // Below the titles of the columns and their line.
        let rows = try Self.rows(under: heading).dropFirst(2)
        try #require(!rows.isEmpty)
        for row in rows {
            let names = Self.names(in: try #require(row.last))
            #expect(!names.isEmpty, "\(row)")
            for name in names {
                let paths = ["Models", "ImageModels"].map { Fixtures.path("\($0)/\(name)/expected.json") }
                #expect(paths.contains { FileManager.default.fileExists(atPath: $0) }, "\(name)")
            }
        }
    }
}
