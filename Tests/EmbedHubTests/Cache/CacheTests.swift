// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Testing

@testable import EmbedHub

@Suite struct CacheTests {
    private static let commit = "0123456789abcdef0123456789abcdef01234567"
    private static let other = "89abcdef0123456789abcdef0123456789abcdef"

    // MARK: Contents

    /// Values: `printf 'hello\n' | sha256sum` and `git hash-object`.
    @Test(arguments: [
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "ce013625030ba8dba906f756967f9e9ca394464a",
    ])
    func hashesAsTheHubDoes(expected: String) throws {
        let hash = try #require(ContentHash(expected))
        var hasher = ContentHasher(like: hash, byteCount: 6)
        Array("hel".utf8).withUnsafeBytes { hasher.update($0) }
        Array("lo\n".utf8).withUnsafeBytes { hasher.update($0) }
        #expect(hasher.value() == hash)
    }

    @Test(arguments: ["", "abc", "../0123456789abcdef0123456789abcdef01234", String(repeating: "A", count: 40)])
    func takesNothingElseForAHash(text: String) { #expect(ContentHash(text) == nil) }

    /// The format of huggingface_hub 2.4.0's `_tree_cache.py`.
    @Test func readsAndWritesListingsAsHuggingFaceHubDoes() throws {
        let id = try RepositoryID("org/name")
        let (sha1, sha256) = (String(repeating: "1", count: 40), String(repeating: "2", count: 64))
        let text = """
            {"format_version": 1, "files": {"a/b.json": {"size": 5, "blob_id": "\(sha1)"},
             "m": {"size": 7, "blob_id": "\(sha1)", "lfs_sha256": "\(sha256)", "lfs_size": 7, "xet_hash": "\(sha256)"}}}
            """
        let listing = try #require(RepositoryListing(parsing: Array(text.utf8), id: id))
        #expect(
            listing.files == [
                .init(path: "a/b.json", byteCount: 5, blobID: sha1),
                .init(path: "m", byteCount: 7, blobID: sha1, sha256: sha256, xetHash: sha256),
            ])
        #expect(listing.files.map(\.etag) == [sha1, sha256])
        #expect(RepositoryListing(parsing: listing.json, id: id) == listing)
        #expect(RepositoryListing(parsing: Array(text.replacing("1,", with: "2,").utf8), id: id) == nil)
        #expect(RepositoryListing(parsing: Array(text.replacing("a/b", with: "../b").utf8), id: id) == nil)
    }

    // MARK: Locks

    @Test func locksForOneAtATime() throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/a.lock"
        var lock = try FileLock.tryLock(path)
        #expect(lock != nil)
        #expect(try FileLock.tryLock(path) == nil)
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(try FileLock.tryLock(path) != nil)
    }

    @Test func followsNoLinkToALock() throws {
        let folder = try TemporaryDirectory()
        let target = try folder.write("", to: "target")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/a.lock", withDestinationPath: target)
        #expect(throws: HubError.self) { try FileLock.tryLock("\(folder.path)/a.lock") }
    }

    // MARK: What is there

    @Test func tellsDownloadsThatWereCutOff() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        try FileManager.default.removeItem(atPath: "\(folder.path)/hub/models--org--two/snapshots/\(Self.commit)/b.bin")
        try folder.write("\(Self.commit)", to: "hub/models--org--half/refs/main")
        try folder.write("{}", to: "hub/models--org--half/snapshots/\(Self.commit)/config.json")
        let error = #expect(throws: ModelStoreError.self) { try store.directory(of: RepositoryID("org/half")) }
        #expect(error?.description.contains("incomplete: without weights") == true)
        let sha1 = String(repeating: "1", count: 40)
        try folder.write(
            """
            {"format_version":1,"files":{"config.json":{"size":2,"blob_id":"\(sha1)"},"tokenizer.json":
            {"size":2,"blob_id":"\(sha1)"},"model.safetensors":{"size":1,"blob_id":"\(sha1)"}}}
            """, to: "hub/models--org--half/trees/\(Self.commit).json")
        try folder.write("w", to: "hub/models--org--half/snapshots/\(Self.commit)/model.safetensors")
        let second = #expect(throws: ModelStoreError.self) { try store.directory(of: RepositoryID("org/half")) }
        #expect(second?.description.contains("incomplete: without tokenizer.json") == true)
        try folder.write("{}", to: "hub/models--org--half/snapshots/\(Self.commit)/tokenizer.json")
        #expect(try store.directory(of: RepositoryID("org/half")).hasSuffix(Self.commit))
    }

    @Test func listsModels() throws {
        let folder = try TemporaryDirectory()
        let models = try store(folder).models()
        #expect(models.map(\.id.text) == ["org/one", "org/two", "org/two"])
        #expect(models.map(\.commit) == [nil, Self.commit, Self.other])
        #expect(models.map(\.revisions) == [[], ["main", "refs/pr/1"], []])
        #expect(models.map(\.byteCount) == [2, 2 + 5 + 1, 2 + 7 + 1])
        #expect(models.allSatisfy { $0.isComplete })
    }

    @Test func removesARevisionAndWhatOnlyItNeeds() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        let id = try RepositoryID("org/two")
        let removal = try store.remove(id, revision: "main")
        #expect(removal.freedByteCount >= 5)
        #expect(store.models().filter { $0.id == id }.map(\.commit) == [Self.other])
        let blobs = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/hub/models--org--two/blobs")
        #expect(blobs.sorted() == ["b2", "shared", "w"])
        #expect(throws: ModelStoreError.self) { try store.remove(id, revision: "main") }
    }

    @Test func removesAModelAndNothingBesideIt() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        #expect(try store.remove(RepositoryID("org/two")).freedByteCount >= 2 + 5 + 7 + 1)
        #expect(store.models().map(\.id.text) == ["org/one"])
        // A link to a directory goes, the directory stays.
        let mine = try folder.write("{}", to: "mine/config.json")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/models/org/link", withDestinationPath: "\(folder.path)/mine")
        _ = try store.remove(RepositoryID("org/link"))
        #expect(FileManager.default.fileExists(atPath: mine))
        #expect(throws: ModelStoreError.self) { try store.remove(RepositoryID("org/link")) }
    }

    @Test func removesNothingThatIsBeingDownloaded() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        try folder.write("", to: "hub/.locks/models--org--two/w.lock")
        let lock = try FileLock.tryLock("\(folder.path)/hub/.locks/models--org--two/w.lock")
        #expect(throws: ModelStoreError.isInUse(id: "org/two")) { try store.remove(RepositoryID("org/two")) }
        withExtendedLifetime(lock) {}
        #expect(store.models().count == 3)
    }

    /// A plain model, and one with two commits in the cache that share a file.
    private func store(_ folder: TemporaryDirectory) throws -> ModelStore {
        try folder.write("{}", to: "models/org/one/config.json")
        let repository = "hub/models--org--two"
        for (name, count) in [("shared", 2), ("b1", 5), ("b2", 7), ("w", 1)] {
            try folder.write([UInt8](repeating: 0x20, count: count), to: "\(repository)/blobs/\(name)")
        }
        for (commit, blob) in [(Self.commit, "b1"), (Self.other, "b2")] {
            try folder.write("", to: "\(repository)/snapshots/\(commit)/x")
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(repository)/snapshots/\(commit)/x")
            for (name, target) in [("config.json", "shared"), ("b.bin", blob), ("model.safetensors", "w")] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder.path)/\(repository)/snapshots/\(commit)/\(name)",
                    withDestinationPath: "../../blobs/\(target)")
            }
        }
        try folder.write(Self.commit, to: "\(repository)/refs/main")
        try folder.write(Self.commit, to: "\(repository)/refs/refs/pr/1")
        return ModelStore(modelsDirectory: "\(folder.path)/models", hubCache: "\(folder.path)/hub")
    }
}
