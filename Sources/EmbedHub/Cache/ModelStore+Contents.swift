// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// A model on this machine.
package struct StoredModel: Sendable, Equatable {
    package let id: RepositoryID
    /// `nil` for a plain directory.
    package let commit: String?
    /// Branches and tags that stand for the commit.
    package let revisions: [String]
    package let directory: String
    package let byteCount: Int
    /// Whether everything that a model needs is there.
    package let isComplete: Bool
}

extension ModelStore {
    /// All models of this store, by id: plain directories, then snapshots.
    package func models() -> [StoredModel] {
        var models = plainModels()
        for cache in modelsDirectory == hubCache ? [hubCache] : [modelsDirectory, hubCache] {
            for folder in CacheFiles.names(in: cache) {
                guard let id = CachedRepository.id(ofFolder: folder) else { continue }
                models += snapshots(of: CachedRepository(cache: cache, id: id))
            }
        }
        return models.sorted { ($0.id.text, $0.directory) < ($1.id.text, $1.directory) }
    }

    private func plainModels() -> [StoredModel] {
        CacheFiles.names(in: modelsDirectory).flatMap { first in
            let path = "\(modelsDirectory)/\(first)"
            if Self.holdsModel(path) { return [plainModel(first)].compactMap(\.self) }
            return CacheFiles.names(in: path).filter { Self.holdsModel("\(path)/\($0)") }
                .compactMap { plainModel("\(first)/\($0)") }
        }
    }

    private func plainModel(_ name: String) -> StoredModel? {
        do {
            let directory = "\(modelsDirectory)/\(name)"
            return StoredModel(
                id: try RepositoryID(name), commit: nil, revisions: [], directory: directory,
                byteCount: Self.byteCount(of: directory), isComplete: true)
        } catch {
            return nil
        }
    }

    private func snapshots(of repository: CachedRepository) -> [StoredModel] {
        let references = repository.references()
        return CacheFiles.names(in: "\(repository.path)/snapshots").filter { ContentHash($0) != nil }.map { commit in
            let directory = repository.snapshot(commit)
            return StoredModel(
                id: repository.id, commit: commit, revisions: references.filter { $0.commit == commit }.map(\.name),
                directory: directory, byteCount: Self.byteCount(of: directory),
                isComplete: Self.isComplete(commit, in: repository))
        }
    }

    /// Bytes of all files in a directory, through links to files; a few levels deep.
    private static func byteCount(of directory: String, depth: Int = 4) -> Int {
        CacheFiles.names(in: directory).reduce(0) { sum, name in
            let path = "\(directory)/\(name)"
            if let bytes = CacheFiles.byteCount(path) { return sum + bytes }
            return sum + (depth > 0 && isDirectory(path) ? byteCount(of: path, depth: depth - 1) : 0)
        }
    }

    /// What ``remove(_:revision:)`` has removed.
    package struct Removal: Sendable, Equatable {
        package var paths: [String] = []
        package var freedByteCount = 0
    }

    /// Removes what this machine has of `id`: all of it, or one revision.
    ///
    /// Contents that other revisions need stay, and so does what a link leads to outside the cache.
    /// - Throws: ``ModelStoreError`` when there is nothing, or when it is being downloaded.
    package func remove(_ id: RepositoryID, revision: String? = nil) throws -> Removal {
        var removal = Removal()
        let own = "\(modelsDirectory)/\(id)"
        if revision == nil, Self.holdsModel(own) { try Self.remove(own, &removal) }
        for repository in repositories(of: id) where Self.isDirectory(repository.path) {
            let locks = try Self.allLocks(of: repository)
            defer { withExtendedLifetime(locks) {} }
            if let revision {
                try Self.removeSnapshot(of: revision, in: repository, &removal)
            } else {
                try Self.remove(repository.path, &removal)
            }
        }
        guard !removal.paths.isEmpty else {
            throw ModelStoreError.notFound(
                id: id.text, revision: revision, searched: [own] + repositories(of: id).map(\.path))
        }
        return removal
    }

    /// The locks of all contents, so that nobody is downloading; the files of locks stay.
    private static func allLocks(of repository: CachedRepository) throws -> [FileLock] {
        try CacheFiles.names(in: repository.locks).map { name in
            guard let lock = try FileLock.tryLock("\(repository.locks)/\(name)") else {
                throw ModelStoreError.isInUse(id: repository.id.text)
            }
            return lock
        }
    }

    private static func removeSnapshot(
        of revision: String, in repository: CachedRepository, _ removal: inout Removal
    ) throws {
        guard let commit = repository.commit(of: revision), isDirectory(repository.snapshot(commit)) else { return }
        let references = repository.references().filter { $0.commit == commit }
        for reference in references { try remove("\(repository.path)/refs/\(reference.name)", &removal) }
        try remove(repository.snapshot(commit), &removal)
        if access(repository.listingFile(commit), F_OK) == 0 { try remove(repository.listingFile(commit), &removal) }
        let needed = repository.linkedBlobs()
        for name in CacheFiles.names(in: repository.blobs) where !needed.contains(name) {
            try remove(repository.blob(name), &removal)
        }
    }

    private static func remove(_ path: String, _ removal: inout Removal) throws {
        removal.freedByteCount += ownByteCount(path)
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw HubError.cannotWrite(path: path, reason: "it can't be removed: \(error)")
        }
        removal.paths.append(path)
    }

    /// Bytes that removing `path` frees: links count for nothing.
    private static func ownByteCount(_ path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int(status.st_size)
        case S_IFDIR: return CacheFiles.names(in: path).reduce(0) { $0 + ownByteCount("\(path)/\($1)") }
        default: return 0
        }
    }
}

extension CachedRepository {
    /// All names in `refs` and the commits they stand for.
    func references() -> [(name: String, commit: String)] {
        referenceNames(in: "", depth: 4).compactMap { name in commit(of: name).map { (name, $0) } }
    }

    private func referenceNames(in folder: String, depth: Int) -> [String] {
        CacheFiles.names(in: "\(path)/refs/\(folder)").flatMap { name in
            let inner = "\(path)/refs/\(folder)\(name)"
            guard ModelStore.isDirectory(inner) else { return ["\(folder)\(name)"] }
            return depth > 0 ? referenceNames(in: "\(folder)\(name)/", depth: depth - 1) : []
        }
    }

    /// The names of the blobs that snapshots link to.
    func linkedBlobs() -> Set<String> {
        let targets = linkTargets(in: "\(path)/snapshots", depth: 6)
        return Set(targets.compactMap { $0.split(separator: "/").last.map(String.init) })
    }

    private func linkTargets(in directory: String, depth: Int) -> [String] {
        CacheFiles.names(in: directory).flatMap { name in
            let inner = "\(directory)/\(name)"
            if let target = CacheFiles.linkTarget(inner) { return [target] }
            return depth > 0 && ModelStore.isDirectory(inner) ? linkTargets(in: inner, depth: depth - 1) : []
        }
    }
}
