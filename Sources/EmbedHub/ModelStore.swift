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
        func expanded(_ path: String) -> String { path.hasPrefix("~/") ? home + path.dropFirst() : path }
        let cache = cacheHome ?? "~/.cache"
        self.modelsDirectory = expanded(modelsDirectory ?? "\(cache)/embedder/models")
        self.hubCache = expanded(hubCache ?? "\(hubHome ?? "\(cache)/huggingface")/hub")
    }

    /// Whether there is a directory at `path`.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether the directory at `path` is a model's: that of an organisation has none of these files.
    private static func holdsModel(_ path: String) -> Bool {
        ["modules.json", "config.json"].contains { access("\(path)/\($0)", F_OK) == 0 }
    }

    /// The directory that holds the files of `id`.
    ///
    /// - Throws: ``ModelStoreError`` that says where it looked.
    package func directory(of id: RepositoryID, revision: String? = nil) throws(ModelStoreError) -> String {
        let folder = "models--\(id.text.split(separator: "/").joined(separator: "--"))"
        let own = "\(modelsDirectory)/\(id)"
        // A plain directory has no revisions, so it can't stand for one.
        if revision == nil, Self.holdsModel(own) { return own }
        let repositories = ["\(modelsDirectory)/\(folder)", "\(hubCache)/\(folder)"]
        for repository in repositories {
            if let snapshot = Self.snapshot(in: repository, revision: revision ?? "main") { return snapshot }
        }
        throw .notFound(
            id: id.text, revision: revision, searched: revision == nil ? [own] + repositories : repositories)
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

    /// The snapshot of `revision`, a commit or a name in `refs`, in one repository of the cache.
    private static func snapshot(in repository: String, revision: String) -> String? {
        let direct = "\(repository)/snapshots/\(revision)"
        if isDirectory(direct) { return direct }
        guard let commit = firstLine(of: "\(repository)/refs/\(revision)"), !commit.contains("/"),
            !commit.hasPrefix(".")
        else { return nil }
        let named = "\(repository)/snapshots/\(commit)"
        return isDirectory(named) ? named : nil
    }

    /// The first line of a small text file.
    private static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = fread(&bytes, 1, bytes.count, file)
        let line = bytes[..<count].prefix { $0 > 0x20 }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}

/// Why a model's files were not found.
package enum ModelStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case noSuchDirectory(String)
    case notFound(id: String, revision: String?, searched: [String])

    /// The paths at which the files could have been.
    var searched: [String] {
        switch self {
        case .noSuchDirectory(let path): [path]
        case .notFound(_, _, let searched): searched
        }
    }

    package var description: String {
        switch self {
        case .noSuchDirectory(let path): "there is no directory \(path)"
        case .notFound(let id, let revision, let searched):
            """
            \(id)\(revision.map { "@\($0)" } ?? "") is not on this machine; looked in:
            \(searched.map { "  \($0)" }.joined(separator: "\n"))
            Give a directory with the model's files, or put them into the first of these.
            """
        }
    }
}
