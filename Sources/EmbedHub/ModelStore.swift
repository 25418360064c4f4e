// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where models are on this machine: a directory of models, then the cache of `huggingface_hub`.
///
/// ```
/// <models>/sentence-transformers/all-MiniLM-L6-v2/config.json …
/// <cache>/models--sentence-transformers--all-MiniLM-L6-v2/refs/main                  the commit
/// <cache>/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/<commit>/config.json …
/// ```
/// The directory of models may be laid out as the cache is, too: that is what `cache_folder` of sentence-transformers
/// makes of a directory.
package struct ModelStore: Sendable, Equatable {
    /// Plain directories, one a model: `<models>/<id>/`, or the cache's layout.
    package var modelsDirectory: String
    /// The cache of `huggingface_hub`.
    package var hubCache: String

    package init(modelsDirectory: String, hubCache: String) {
        self.modelsDirectory = modelsDirectory
        self.hubCache = hubCache
    }

    /// The store in the usual places, as far as no setting names another.
    ///
    /// - Parameters:
    ///   - home: the person's home directory; a path may begin with `~/` instead.
    ///   - cacheHome: directory of all programs' caches, `~/.cache` by default.
    ///   - hubHome: directory of the Hub's tools, `<cacheHome>/huggingface` by default.
    ///   - hubCache: the Hub's cache of models, `<hubHome>/hub` by default.
    ///   - modelsDirectory: the directory of models, `<cacheHome>/embedder/models` by default.
    package init(
        home: String, cacheHome: String? = nil, hubHome: String? = nil, hubCache: String? = nil,
        modelsDirectory: String? = nil
    ) {
        let cache = cacheHome ?? "~/.cache"
        self.modelsDirectory = Self.expanded(modelsDirectory ?? "\(cache)/embedder/models", home: home)
        self.hubCache = Self.expanded(
            hubCache ?? "\(Self.hubHome(home: home, cacheHome: cacheHome, hubHome: hubHome))/hub", home: home)
    }

    /// The directory of the Hub's tools, as far as no setting names another; they keep the token there.
    package static func hubHome(home: String, cacheHome: String?, hubHome: String?) -> String {
        expanded(hubHome ?? "\(cacheHome ?? "~/.cache")/huggingface", home: home)
    }

    /// `path` with the home directory for a tilde.
    package static func expanded(_ path: String, home: String) -> String {
        path.hasPrefix("~/") ? home + path.dropFirst() : path
    }

    /// Whether there is a directory at `path`.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether the directory at `path` is a model's: that of an organisation has none of these files.
    static func holdsModel(_ path: String) -> Bool {
        ["modules.json", "config.json"].contains { access("\(path)/\($0)", F_OK) == 0 }
    }

    /// The directory that holds the files of `id`.
    ///
    /// - Throws: ``ModelStoreError`` that says where it looked.
    package func directory(of id: RepositoryID, revision: String? = nil) throws(ModelStoreError) -> String {
        let own = "\(modelsDirectory)/\(id)"
        // A plain directory has no revisions, so it can't stand for one.
        if revision == nil, Self.holdsModel(own) { return own }
        var searched = revision == nil ? [own] : []
        for repository in repositories(of: id) {
            switch Self.snapshot(in: repository, revision: revision ?? "main") {
            case .complete(let path): return path
            case .incomplete(let missing): searched.append("\(repository.path) (incomplete: without \(missing))")
            case .absent: searched.append(repository.path)
            }
        }
        throw .notFound(id: id.text, revision: revision, searched: searched)
    }

    /// Where the files of `id` may be in the layout of the cache.
    func repositories(of id: RepositoryID) -> [CachedRepository] {
        [modelsDirectory, hubCache].map { CachedRepository(cache: $0, id: id) }
    }

    /// The model that `name` stands for, and the directory that holds its files.
    ///
    /// A bare name is an id of its own, or else one of sentence-transformers'.
    /// - Throws: ``ModelStoreError`` that says where it looked.
    package func model(
        named name: RepositoryID, revision: String? = nil
    ) throws(ModelStoreError) -> (id: RepositoryID, directory: String) {
        var searched: [String] = []
        for candidate in name.candidates {
            do {
                return (candidate, try directory(of: candidate, revision: revision))
            } catch {
                searched += error.searched
            }
        }
        throw .notFound(id: name.text, revision: revision, searched: searched)
    }

    private enum Snapshot {
        case complete(String)
        case incomplete(missing: String)
        case absent
    }

    /// The snapshot of `revision`, a commit or a name in `refs`, in one repository of a cache.
    ///
    /// A download may have ended before its end: with the commit's listing every file that a model needs must be there,
    /// without one at least some weights.
    private static func snapshot(in repository: CachedRepository, revision: String) -> Snapshot {
        guard let commit = repository.commit(of: revision) else { return .absent }
        let path = repository.snapshot(commit)
        guard isDirectory(path) else { return .absent }
        if let missing = repository.missingFiles(commit) {
            return missing.first.map { .incomplete(missing: $0) } ?? .complete(path)
        }
        return holdsWeights(path) ? .complete(path) : .incomplete(missing: "weights")
    }

    /// Whether the snapshot of `commit` has all that a model needs.
    static func isComplete(_ commit: String, in repository: CachedRepository) -> Bool {
        guard case .complete = snapshot(in: repository, revision: commit) else { return false }
        return true
    }

    private static func holdsWeights(_ path: String) -> Bool {
        let folders = [path] + CacheFiles.names(in: path).map { "\(path)/\($0)" }.filter(isDirectory)
        return folders.contains { folder in
            FileSelection.weightNames.contains { CacheFiles.byteCount("\(folder)/\($0)") != nil }
        }
    }
}

/// Why a model's files were not found.
package enum ModelStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case noSuchDirectory(String)
    case notFound(id: String, revision: String?, searched: [String])
    /// It is being downloaded.
    case isInUse(id: String)

    /// The paths at which the files could have been.
    var searched: [String] {
        switch self {
        case .noSuchDirectory(let path): [path]
        case .notFound(_, _, let searched): searched
        case .isInUse: []
        }
    }

    package var description: String {
        switch self {
        case .noSuchDirectory(let path): "there is no directory \(path)"
        case .notFound(let id, let revision, let searched):
            """
            \(id)\(revision.map { "@\($0)" } ?? "") is not on this machine; looked in:
            \(searched.map { "  \($0)" }.joined(separator: "\n"))
            Download it with embedder pull, give a directory with the model's files, or put them into the first of these.
            """
        case .isInUse(let id): "\(id) is being downloaded; stop that, or wait for its end"
        }
    }
}
