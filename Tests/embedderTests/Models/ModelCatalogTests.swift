// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedModelFiles
import EmbedTestSupport
import Testing

@testable import embedder

@Suite struct ModelCatalogTests {
    private static let here = ["sentence-transformers/small", "org/name", "bare"]

    @Test(arguments: [
        ("org/name", "id org/name"), ("small", "id sentence-transformers/small"),
        ("sentence-transformers/small", "id sentence-transformers/small"), ("bare", "id bare"),
        ("name", "unknown"), ("org/other", "unknown"), ("org", "unknown"), ("", "unknown"),
        ("../models/org/name", "unknown"), ("/etc", "unknown"), ("./org/name", "unknown"), ("org/name/", "unknown"),
        ("org/name@main", "unknown"), ("org/../org/name", "unknown"), ("org\\name", "unknown"),
        ("org/na\u{0}me", "unknown"),
    ])
    func findsIDsOfModelsOnThisMachineAndNoPaths(name: String, finding: String) throws {
        #expect(try find(name, allowed: nil) == finding)
    }

    @Test(arguments: [
        ("org/name", "id org/name"), ("small", "id sentence-transformers/small"), ("bare", "unlisted"),
        ("org/absent", "unknown"), ("org/other", "unlisted"), ("../org/name", "unlisted"), ("", "unlisted"),
        ("name", "id org/name"), ("absent", "unknown"), ("other/name", "unlisted"), ("org", "unlisted"),
    ])
    func obeysTheAllowlist(name: String, finding: String) throws {
        #expect(try find(name, allowed: "org/name\nsentence-transformers/small\norg/absent") == finding)
    }

    @Test(arguments: [
        ("org/absent", "absent org/absent"), ("absent", "absent org/absent"), ("org/other", "unlisted"),
        ("org/name", "id org/name"), ("name", "id org/name"), ("other/absent", "unlisted"),
        ("bare-absent", "absent sentence-transformers/bare-absent"),
    ])
    func downloadsWhatTheAllowlistHasAndNothingElse(name: String, finding: String) throws {
        let list = "org/name\norg/absent\nsentence-transformers/bare-absent"
        #expect(try find(name, allowed: list, downloads: true) == finding)
        // Without a list a short name is no alias of what is not served.
        let withoutList = finding == "id \(name)" ? finding : "unknown"
        #expect(try find(name, allowed: nil, downloads: true) == withoutList)
    }

    /// Of several models with one last part: the one on this machine, else the first of the list.
    @Test func choosesAmongListedModelsOfOneName() throws {
        #expect(try find("name", allowed: "other/name\norg/name", downloads: true) == "id org/name")
        #expect(try find("name", allowed: "other/name\nthird/name", downloads: true) == "absent other/name")
    }

    @Test func givesTheShortNameAsAnAlias() throws {
        let root = try Self.machine()
        guard case .model(let model) = Self.catalog(root, nil).find("org/name") else {
            Issue.record("not found")
            return
        }
        #expect(model.aliases == ["name"])
        #expect(model.directory.path == "\(root.path)/models/org/name")
    }

    private func find(_ name: String, allowed: String?, downloads: Bool = false) throws -> String {
        let allowlist = try allowed.map { try Allowlist(parsing: Array($0.utf8), file: "list") }
        let root = try Self.machine()
        switch Self.catalog(root, allowlist, downloads: downloads).find(name) {
        case .model(let model): return "id \(model.id)"
        case .absent(let id): return "absent \(id)"
        case .unknown: return "unknown"
        case .unlisted: return "unlisted"
        }
    }

    private static func machine() throws -> TemporaryDirectory {
        let root = try TemporaryDirectory()
        for id in here { try root.write("{}", to: "models/\(id)/config.json") }
        return root
    }

    private static func catalog(
        _ root: TemporaryDirectory, _ allowlist: Allowlist?, downloads: Bool = false
    ) -> ModelCatalog {
        ModelCatalog(
            store: ModelStore(modelsDirectory: "\(root.path)/models", hubCache: "\(root.path)/hub"),
            allowlist: allowlist, downloadsListed: downloads)
    }
}
