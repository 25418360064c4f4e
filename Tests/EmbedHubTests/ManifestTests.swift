// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedTestSupport
import Testing

@Suite struct ManifestTests {
    /// The list that comes with the program pins commits, of models that are supported.
    @Test func pinsCommitsOfSupportedModels() throws {
        let path = Fixtures.path("../../pinned_models.txt")
        let manifest = try Manifest(parsing: Fixtures.bytes("../../pinned_models.txt"), file: path)
        let supported = try Allowlist(parsing: Fixtures.bytes("../../supported_models.txt"), file: "supported")
        #expect(manifest.entries.count > 50)
        for entry in manifest.entries {
            #expect(supported.contains(entry.id), "\(entry.id)")
            guard let revision = entry.revision, case .git = ContentHash(revision) else {
                Issue.record("\(entry.id) has no commit")
                continue
            }
        }
        #expect(Set(manifest.entries.map(\.id.text)).count == manifest.entries.count)
    }

    private static let hash = String(repeating: "a1", count: 32)

    @Test func readsModelsRevisionsAndHashes() throws {
        let manifest = try Manifest(
            parsing: Array(
                """
                # What production runs.
                org/name@v1.0 # pinned\r
                    model.safetensors sha256:\(Self.hash)
                \t1_Pooling/config.json   SHA256:x
                """.replacing("SHA256:x", with: "sha256:\(Self.hash.uppercased())").utf8)
                + Array("\n\nbare\n".utf8), file: "list")
        #expect(manifest.entries.map(\.id.text) == ["org/name", "bare"])
        #expect(manifest.entries.map(\.revision) == ["v1.0", nil])
        #expect(
            manifest.entries.map(\.hashes) == [
                ["model.safetensors": Self.hash, "1_Pooling/config.json": Self.hash], [:],
            ])
    }

    @Test(arguments: [
        ("  a sha256:\(hash)", 1), ("org/name\n a", 2), ("org/name\n a sha256:12", 2),
        ("org/name\n ../a sha256:\(hash)", 2),
        ("org/name more", 1), ("\n./here", 2), ("org/name@", 1), ("org/name\n a sha256:\(hash)\n a sha256:\(hash)", 3),
    ])
    func namesTheLineThatItCannotRead(text: String, line: Int) {
        let error = #expect(throws: ManifestError.self) { try Manifest(parsing: Array(text.utf8), file: "list") }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("list, line \(line): ") == true)
    }
}
