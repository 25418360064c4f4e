// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One repository in a cache that `huggingface_hub` reads and writes too.
///
/// ```
/// <cache>/models--<organisation>--<name>/blobs/<etag>               the contents
///                                       /snapshots/<commit>/<path>   links to them
///                                       /refs/<revision>             a commit
///                                       /trees/<commit>.json         the listing of a commit
/// <cache>/.locks/models--<organisation>--<name>/<etag>.lock
/// ```
/// Blobs are complete and checked before they have this name, and links come after blobs.
struct CachedRepository: Sendable {
    let cache: String
    let id: RepositoryID

    var folder: String { "models--\(id.text.split(separator: "/").joined(separator: "--"))" }
    var path: String { "\(cache)/\(folder)" }
    var blobs: String { "\(path)/blobs" }
    var locks: String { "\(cache)/.locks/\(folder)" }

    func blob(_ etag: String) -> String { "\(blobs)/\(etag)" }
    func lock(_ etag: String) -> String { "\(locks)/\(etag).lock" }
    func snapshot(_ commit: String) -> String { "\(path)/snapshots/\(commit)" }
    func listingFile(_ commit: String) -> String { "\(path)/trees/\(commit).json" }

    /// Largest listing that is read.
    private static let maxListingByteCount = 64 << 20

    /// The id of the repository in the folder called `folder`; `nil` when it is no model's.
    static func id(ofFolder folder: String) -> RepositoryID? {
        let parts = folder.split(separator: "--", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[0] == "models" else { return nil }
        do {
            return try RepositoryID(parts.dropFirst().joined(separator: "/"))
        } catch {
            return nil
        }
    }

    /// Creates what downloads need, and tells backup programs that a cache is nothing to keep.
    func prepare() throws(HubError) {
        try CacheFiles.makeDirectory(blobs)
        try CacheFiles.makeDirectory(locks)
        let tag = "\(cache)/CACHEDIR.TAG"
        guard access(tag, F_OK) != 0 else { return }
        // https://bford.info/cachedir/
        let text = "Signature: 8a477f597d28d172789f06886806bc55\n# Models; they can be downloaded again.\n"
        try CacheFiles.write(Array(text.utf8), to: tag)
    }

    // MARK: Reading

    /// Whether the content called `etag` is there, whole.
    func holds(_ file: RepositoryListing.File) -> Bool { CacheFiles.byteCount(blob(file.etag)) == file.byteCount }

    /// The commit that `revision` stands for, as far as this machine knows.
    func commit(of revision: String) -> String? {
        if case .git = ContentHash(revision) { return revision }
        guard let bytes = CacheFiles.read("\(path)/refs/\(revision)", limit: 256) else { return nil }
        let line = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        return RepositoryListing.isInside(line) && !line.contains("/") && !line.hasPrefix(".") ? line : nil
    }

    /// The listing of `commit`, if it is here.
    func listing(_ commit: String) -> RepositoryListing? {
        CacheFiles.read(listingFile(commit), limit: Self.maxListingByteCount).flatMap {
            RepositoryListing(parsing: $0, id: id)
        }
    }

    /// What an embedding model needs of `commit` and is not there; `nil` when that can't be told.
    func missingFiles(_ commit: String) -> [String]? {
        guard let listing = listing(commit) else { return nil }
        let snapshot = snapshot(commit)
        let modules = CacheFiles.read(
            "\(snapshot)/\(FileSelection.modulesFile)", limit: FileSelection.maxModulesByteCount)
        if modules == nil, listing[FileSelection.modulesFile] != nil { return [FileSelection.modulesFile] }
        do {
            return try FileSelection.files(of: listing, modules: modules, id: id).filter {
                CacheFiles.byteCount("\(snapshot)/\($0.path)") == nil
            }.map(\.path)
        } catch {
            return nil
        }
    }

    // MARK: Writing

    func write(_ listing: RepositoryListing, of commit: String) throws(HubError) {
        try CacheFiles.makeDirectory("\(path)/trees")
        try CacheFiles.write(listing.json, to: listingFile(commit))
    }

    /// Lets `revision` stand for `commit`.
    func write(_ commit: String, as revision: String) throws(HubError) {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        let reference = "\(path)/refs/\(revision)"
        try CacheFiles.makeDirectory(String(reference.prefix(upTo: reference.lastIndex(of: "/") ?? reference.endIndex)))
        try CacheFiles.write(Array(commit.utf8), to: reference)
    }

    /// Puts the content of `file`, which must be complete, into the snapshot of `commit`.
    func link(_ file: RepositoryListing.File, in commit: String) throws(HubError) {
        let pointer = "\(snapshot(commit))/\(file.path)"
        // Whatever is there already and leads somewhere is somebody's complete file.
        if CacheFiles.byteCount(pointer) == file.byteCount { return }
        try CacheFiles.makeDirectory(String(pointer.prefix(upTo: pointer.lastIndex(of: "/") ?? pointer.endIndex)))
        let depth = file.path.utf8.count { $0 == UInt8(ascii: "/") }
        let target = String(repeating: "../", count: depth + 2) + "blobs/\(file.etag)"
        if symlink(target, pointer) == 0 { return }
        if errno == EEXIST, CacheFiles.byteCount(pointer) == file.byteCount { return }
        unlink(pointer)
        guard symlink(target, pointer) == 0 || CacheFiles.byteCount(pointer) == file.byteCount else {
            throw CacheFiles.failure(pointer)
        }
    }
}
