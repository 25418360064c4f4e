// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where models are on this machine: Embedder's own directory of models, then the cache of `huggingface_hub`.
///
/// ```
/// <models>/sentence-transformers/all-MiniLM-L6-v2/config.json …
/// <cache>/models--sentence-transformers--all-MiniLM-L6-v2/refs/main                  the commit
/// <cache>/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/<commit>/config.json …
/// ```
package struct ModelStore: Sendable, Equatable {
    /// Plain directories, one a model: `<models>/<id>/`.
    package var modelsDirectory: String
    /// The cache of `huggingface_hub`.
    package var hubCache: String

    package init(modelsDirectory: String, hubCache: String) {
        self.modelsDirectory = modelsDirectory
        self.hubCache = hubCache
    }

    /// The store that the environment describes.
    ///
    /// Models: `EMBEDDER_MODELS_DIR`, else `$XDG_CACHE_HOME/embedder/models`. Hub cache: `HF_HUB_CACHE`, else
    /// `HUGGINGFACE_HUB_CACHE`, else `$HF_HOME/hub`, else `$XDG_CACHE_HOME/huggingface/hub`. `XDG_CACHE_HOME` is
    /// `~/.cache` unless set.
    package init(environment: [String: String]) {
        func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME") ?? "."
        let cache = value("XDG_CACHE_HOME") ?? "\(home)/.cache"
        func expanded(_ path: String) -> String { path.hasPrefix("~/") ? home + path.dropFirst() : path }
        modelsDirectory = expanded(value("EMBEDDER_MODELS_DIR") ?? "\(cache)/embedder/models")
        let hubHome = value("HF_HOME") ?? "\(cache)/huggingface"
        hubCache = expanded(value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") ?? "\(hubHome)/hub")
    }

    /// Whether there is a directory at `path`.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The directory that holds the files of `reference`.
    ///
    /// - Throws: ``ModelStoreError`` that says where it looked.
    package func directory(of reference: ModelReference) throws(ModelStoreError) -> String {
        switch reference {
        case .directory(let path):
            guard Self.isDirectory(path) else { throw .noSuchDirectory(path) }
            return path
        case .repository(let id, let revision):
            // A plain directory has no revisions, so it can't stand for one.
            let own = "\(modelsDirectory)/\(id)"
            if revision == nil, Self.isDirectory(own) { return own }
            let cached = "\(hubCache)/models--\(id.text.split(separator: "/").joined(separator: "--"))"
            if let snapshot = Self.snapshot(in: cached, revision: revision ?? "main") { return snapshot }
            throw .notFound(id: id.text, revision: revision, searched: revision == nil ? [own, cached] : [cached])
        }
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

    package var description: String {
        switch self {
        case .noSuchDirectory(let path): "there is no directory \(path)"
        case .notFound(let id, let revision, let searched):
            """
            \(id)\(revision.map { "@\($0)" } ?? "") is not on this machine; looked in \(searched.joined(separator: " and ")).
            Give a directory with the model's files, or put them into the first of these.
            """
        }
    }
}
