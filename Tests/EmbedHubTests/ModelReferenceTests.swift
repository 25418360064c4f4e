// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedTestSupport
import Testing

@Suite struct ModelReferenceTests {
    @Test(arguments: ["./model", "../model", "/models/x", "~/x", "model/", "."])
    func readsPathsAsDirectories(text: String) throws {
        #expect(try ModelReference(text, isDirectory: { _ in false }) == .directory(text))
    }

    @Test func prefersADirectoryThatExists() throws {
        #expect(try ModelReference("models/mine", isDirectory: { $0 == "models/mine" }) == .directory("models/mine"))
    }

    @Test func readsIDsWithRevisions() throws {
        let id = try RepositoryID("sentence-transformers/all-MiniLM-L6-v2")
        #expect(id.shortName == "all-MiniLM-L6-v2")
        #expect(try reference("sentence-transformers/all-MiniLM-L6-v2") == .repository(id, revision: nil))
        #expect(
            try reference("sentence-transformers/all-MiniLM-L6-v2@refs/pr/1") == .repository(id, revision: "refs/pr/1"))
    }

    @Test(arguments: [
        "", "a/b/c", "a//b", "a/..", "-a/b", "a/b.", "a--b", "a b", "a/b.git", "a/b\u{0}", "a\\b",
        String(repeating: "a", count: 97), "a/b@", "a/b@../x", "a/b@x/../y", "a/b@.x", "a/b@x y", "a/b@x//y",
    ])
    func refusesWhatIsNoName(text: String) {
        #expect(throws: ModelReferenceError.self) {
            if case .directory = try reference(text) { Issue.record("read as a directory") }
        }
    }

    private func reference(_ text: String) throws -> ModelReference {
        try ModelReference(text, isDirectory: { _ in false })
    }
}

@Suite struct ModelStoreTests {
    private let commit = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"

    @Test func findsPlainDirectoriesFirst() throws {
        let root = try TemporaryDirectory()
        try root.write("{}", to: "models/org/name/config.json")
        try root.write(commit, to: "hub/models--org--name/refs/main")
        try root.write("{}", to: "hub/models--org--name/snapshots/\(commit)/config.json")
        #expect(try directory(root, "org/name") == "\(root.path)/models/org/name")
        #expect(try directory(root, "org/name", revision: "main") == snapshot(root))
    }

    @Test func findsSnapshotsByBranchAndCommit() throws {
        let root = try TemporaryDirectory()
        try root.write("\(commit)\n", to: "hub/models--org--name/refs/main")
        try root.write("{}", to: "hub/models--org--name/snapshots/\(commit)/config.json")
        #expect(try directory(root, "org/name") == snapshot(root))
        #expect(try directory(root, "org/name", revision: commit) == snapshot(root))
    }

    @Test(arguments: ["../../../etc", "", ".."])
    func ignoresRefsThatAreNoCommit(content: String) throws {
        let root = try TemporaryDirectory()
        try root.write(content, to: "hub/models--org--name/refs/main")
        #expect(throws: ModelStoreError.self) { try directory(root, "org/name") }
    }

    @Test func saysWhereItLooked() throws {
        let root = try TemporaryDirectory()
        let error = #expect(throws: ModelStoreError.self) { try directory(root, "org/name") }
        #expect(error?.description.contains("\(root.path)/models/org/name") == true)
        #expect(error?.description.contains("\(root.path)/hub/models--org--name") == true)
    }

    @Test(arguments: [
        (["HOME": "/h"], "/h/.cache/embedder/models", "/h/.cache/huggingface/hub"),
        (["HOME": "/h", "XDG_CACHE_HOME": "/c"], "/c/embedder/models", "/c/huggingface/hub"),
        (["HOME": "/h", "HF_HOME": "/f", "EMBEDDER_MODELS_DIR": "/m"], "/m", "/f/hub"),
        (["HOME": "/h", "HF_HOME": "/f", "HUGGINGFACE_HUB_CACHE": "/old"], "/h/.cache/embedder/models", "/old"),
        (["HOME": "/h", "HF_HUB_CACHE": "~/x", "HUGGINGFACE_HUB_CACHE": "/old"], "/h/.cache/embedder/models", "/h/x"),
    ])
    func followsTheEnvironment(environment: [String: String], models: String, cache: String) {
        let store = ModelStore(environment: environment)
        #expect(store == ModelStore(modelsDirectory: models, hubCache: cache))
    }

    private func directory(_ root: TemporaryDirectory, _ id: String, revision: String? = nil) throws -> String {
        let store = ModelStore(modelsDirectory: "\(root.path)/models", hubCache: "\(root.path)/hub")
        return try store.directory(of: .repository(try RepositoryID(id), revision: revision))
    }

    private func snapshot(_ root: TemporaryDirectory) -> String {
        "\(root.path)/hub/models--org--name/snapshots/\(commit)"
    }
}
