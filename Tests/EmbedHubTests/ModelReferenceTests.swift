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
        try root.write("", to: "hub/models--org--name/snapshots/\(commit)/model.safetensors")
        #expect(try directory(root, "org/name") == "\(root.path)/models/org/name")
        #expect(try directory(root, "org/name", revision: "main") == snapshot(root))
    }

    @Test func findsSnapshotsByBranchAndCommit() throws {
        let root = try TemporaryDirectory()
        try root.write("\(commit)\n", to: "hub/models--org--name/refs/main")
        try root.write("{}", to: "hub/models--org--name/snapshots/\(commit)/config.json")
        try root.write("", to: "hub/models--org--name/snapshots/\(commit)/model.safetensors")
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

    @Test func findsModelsInADirectoryLaidOutAsTheCache() throws {
        let root = try TemporaryDirectory()
        try root.write(commit, to: "models/models--org--name/refs/main")
        try root.write("{}", to: "models/models--org--name/snapshots/\(commit)/config.json")
        try root.write("", to: "models/models--org--name/snapshots/\(commit)/model.safetensors")
        try root.write(commit, to: "hub/models--org--name/refs/main")
        try root.write("{}", to: "hub/models--org--name/snapshots/\(commit)/config.json")
        try root.write("", to: "hub/models--org--name/snapshots/\(commit)/model.safetensors")
        let found = "\(root.path)/models/models--org--name/snapshots/\(commit)"
        #expect(try directory(root, "org/name") == found)
        #expect(try directory(root, "org/name", revision: commit) == found)
    }

    @Test func takesNoFolderOfModelsForAModel() throws {
        let root = try TemporaryDirectory()
        try root.write("{}", to: "models/org/name/config.json")
        #expect(throws: ModelStoreError.self) { try directory(root, "org") }
    }

    @Test(arguments: [
        (["name/config.json"], "name", "name", "name"),
        (
            ["sentence-transformers/name/modules.json"], "name", "sentence-transformers/name",
            "sentence-transformers/name"
        ),
        (["name/config.json", "sentence-transformers/name/config.json"], "name", "name", "name"),
        (["org/name/config.json"], "org/name", "org/name", "org/name"),
    ])
    func findsBareNames(files: [String], name: String, id: String, folder: String) throws {
        let root = try TemporaryDirectory()
        for file in files { try root.write("{}", to: "models/\(file)") }
        let found = try store(root).model(named: try RepositoryID(name))
        #expect(found.id.text == id)
        #expect(found.directory == "\(root.path)/models/\(folder)")
    }

    @Test func saysAllPlacesOfABareName() throws {
        let root = try TemporaryDirectory()
        let error = #expect(throws: ModelStoreError.self) { try store(root).model(named: try RepositoryID("name")) }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("name is not on this machine"))
        for place in [
            "models/name", "models/models--name", "hub/models--name", "models/sentence-transformers/name",
            "hub/models--sentence-transformers--name",
        ] {
            #expect(message.contains("\(root.path)/\(place)\n"))
        }
    }

    @Test(arguments: [
        (ModelStore(home: "/h"), "/h/.cache/embedder/models", "/h/.cache/huggingface/hub"),
        (ModelStore(home: "/h", cacheHome: "/c"), "/c/embedder/models", "/c/huggingface/hub"),
        (ModelStore(home: "/h", hubHome: "/f", modelsDirectory: "/m"), "/m", "/f/hub"),
        (ModelStore(home: "/h", hubHome: "~/f"), "/h/.cache/embedder/models", "/h/f/hub"),
        (ModelStore(home: "/h", hubHome: "/f", hubCache: "~/x"), "/h/.cache/embedder/models", "/h/x"),
    ])
    func standsInTheUsualPlacesUnlessToldOtherwise(store: ModelStore, models: String, cache: String) {
        #expect(store == ModelStore(modelsDirectory: models, hubCache: cache))
    }

    private func store(_ root: TemporaryDirectory) -> ModelStore {
        ModelStore(modelsDirectory: "\(root.path)/models", hubCache: "\(root.path)/hub")
    }

    private func directory(_ root: TemporaryDirectory, _ id: String, revision: String? = nil) throws -> String {
        try store(root).directory(of: try RepositoryID(id), revision: revision)
    }

    private func snapshot(_ root: TemporaryDirectory) -> String {
        "\(root.path)/hub/models--org--name/snapshots/\(commit)"
    }
}
