// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import FoundationEssentials
import Glibc
import NIOHTTP1

/// Brings the files of a model from the Hub into the cache that `huggingface_hub` uses too.
package struct ModelDownload: Sendable {
    /// What there is afterwards.
    package struct Result: Sendable, Equatable {
        package let id: RepositoryID
        package let commit: String
        /// The snapshot's directory.
        package let directory: String
        package let files: [String]
        package let byteCount: Int
    }

    private let settings: HubSettings
    private let cache: String
    private let observer: DownloadObserver

    /// A download into `cache`, the Hub's cache of models.
    package init(_ settings: HubSettings, cache: String, observer: @escaping DownloadObserver = { _ in }) {
        self.settings = settings
        self.cache = cache
        self.observer = observer
    }

    /// Downloads `revision` of the first of `candidates` that the Hub has; what is here already is not fetched again.
    ///
    /// `hashes` are SHA-256 of files, by path: the download is refused unless these files are there and have them.
    /// While offline it finds what is here, and sends nothing. Throws a ``HubError`` that says what to do.
    @discardableResult
    package func run(
        _ candidates: [RepositoryID], revision: String? = nil, hashes: [String: String] = [:]
    ) async throws -> Result {
        guard !settings.isOffline else {
            for id in candidates {
                let repository = CachedRepository(cache: cache, id: id)
                if let result = try await Expectations(repository, hashes).present(revision ?? "main") { return result }
            }
            throw HubError.offline(
                id: candidates[0].text, revision: revision, detail: "\(candidates[0]) can't be downloaded.")
        }
        return try await HubClient.with(settings) { client in
            var first: HubError?
            for id in candidates {
                do {
                    return try await Run(
                        client: client, repository: CachedRepository(cache: cache, id: id), observer: observer,
                        hashes: hashes
                    ).perform(revision: revision ?? "main")
                } catch let error as HubError {
                    guard case .repositoryNotFound = error else { throw error }
                    first = first ?? error
                }
            }
            guard case .repositoryNotFound(let id, let endpoint, let hasToken, _) = first else {
                throw HubError.badSetting(name: "model", reason: "is not named")
            }
            throw HubError.repositoryNotFound(
                id: id, endpoint: endpoint, hasToken: hasToken,
                similar: await Self.similar(to: candidates[0], client))
        }
    }

    /// Ids that the Hub finds for the name in `id`, for a message; none when it can't say.
    private static func similar(to id: RepositoryID, _ client: HubClient) async -> [String] {
        do {
            let url = try client.url("/api/models?search=\(PercentEncoding.component(id.shortName))&limit=3")
            let (answer, body) = try await client.answer(url)
            guard answer.status == 200, let models = try JSONDocument(parsing: body).root.elements else { return [] }
            return models.prefix(3).compactMap { model in
                do {
                    return try model["id"]?.string.map { try RepositoryID($0).text }
                } catch {
                    return nil
                }
            }
        } catch {
            return []
        }
    }
}

/// One download of one repository.
private struct Run: Sendable {
    let client: HubClient
    let repository: CachedRepository
    let observer: DownloadObserver
    let hashes: [String: String]

    private var id: RepositoryID { repository.id }
    private static let maxPages = 200
    /// The largest models have some hundred shards.
    private static let maxNamedFiles = 1000

    func perform(revision: String) async throws -> ModelDownload.Result {
        let commit = try await commit(of: revision)
        let listing = try await listing(of: commit, revision: revision)
        try repository.prepare()
        let files = try FileSelection.files(of: listing, modules: try await modules(listing, commit), id: id)
        let expectations = Expectations(repository, hashes)
        try expectations.check(files)
        let missing = files.filter { !repository.holds($0) }
        try checkSpace(for: missing)
        observer(
            .started(
                files: missing.count, byteCount: missing.reduce(0) { $0 + $1.byteCount },
                alreadyHere: files.count - missing.count))
        try await download(missing, commit)
        try await expectations.checkContents(of: files)
        // The files that make a directory a model come last, so that a directory never looks like one before it is.
        let isLast: (RepositoryListing.File) -> Bool = { ["config.json", "modules.json"].contains($0.path) }
        for file in files.filter({ !isLast($0) }) + files.filter(isLast) { try repository.link(file, in: commit) }
        try repository.write(commit, as: revision)
        return ModelDownload.Result(
            id: id, commit: commit, directory: repository.snapshot(commit), files: files.map(\.path),
            byteCount: files.reduce(0) { $0 + $1.byteCount })
    }

    // MARK: What there is

    private func commit(of revision: String) async throws -> String {
        if case .git = ContentHash(revision) { return revision }
        let url = try client.url("/api/models/\(id)/revision/\(PercentEncoding.component(revision))")
        let (answer, body) = try await client.answer(url)
        guard answer.status == 200 else { throw client.refusal(answer, id: id, revision: revision) }
        guard let commit = try parsed(body, from: answer).root["sha"]?.string, case .git = ContentHash(commit) else {
            throw HubError.badAnswer(url: answer.source, reason: "no \"sha\" with a commit")
        }
        return commit
    }

    /// The files of `commit`: as this machine knows them, or else as the Hub says.
    private func listing(of commit: String, revision: String) async throws -> RepositoryListing {
        if let listing = repository.listing(commit) { return listing }
        var next: URL? = try client.url("/api/models/\(id)/tree/\(commit)?recursive=true")
        var listing = RepositoryListing(files: [])
        var pages = 0
        while let url = next {
            let (answer, body) = try await client.answer(url)
            if pages == 0, [400, 404, 405].contains(answer.status), answer["x-error-code"] == nil,
                let listing = try await listingByNames(commit)
            {
                return listing
            }
            guard answer.status == 200 else { throw client.refusal(answer, id: id, revision: revision) }
            guard let files = try page(body, from: answer) else {
                throw HubError.badAnswer(url: answer.source, reason: "it is no listing of files")
            }
            listing.files += files
            pages += 1
            next = Self.nextPage(answer, after: url)
            guard pages < Self.maxPages, listing.files.count <= RepositoryListing.maxFileCount else {
                throw HubError.badAnswer(url: answer.source, reason: "more files than any model has")
            }
        }
        if let problem = listing.problem(id: id) { throw problem }
        try CacheFiles.makeDirectory(repository.path)
        try repository.write(listing, of: commit)
        return listing
    }

    /// What a mirror has that lists names only: each file that may matter is asked for its size and hash.
    ///
    /// Not written to the cache, where a listing is one of all files. `nil` when there is no list of names either.
    private func listingByNames(_ commit: String) async throws -> RepositoryListing? {
        let (answer, body) = try await client.answer(try client.url("/api/models/\(id)/revision/\(commit)"))
        guard answer.status == 200, let siblings = try parsed(body, from: answer).root["siblings"]?.elements else {
            return nil
        }
        var listing = RepositoryListing(files: [])
        for path in siblings.compactMap({ $0["rfilename"]?.string }) where FileSelection.mayNeed(path) {
            guard RepositoryListing.isInside(path) else { throw HubError.unsafeName(id: id.text, name: path) }
            guard listing.files.count < Self.maxNamedFiles else {
                throw HubError.badAnswer(url: answer.source, reason: "more files than any model has")
            }
            listing.files.append(try await described(path, commit))
        }
        if let problem = listing.problem(id: id) { throw problem }
        return listing
    }

    /// Size and hash of a file, from the header of the answer that would send it.
    private func described(_ path: String, _ commit: String) async throws -> RepositoryListing.File {
        let url = try client.url("/\(id)/resolve/\(commit)/\(PercentEncoding.path(path))")
        let (answer, _) = try await client.answer(url, method: .HEAD)
        guard (200..<400).contains(answer.status) else { throw client.refusal(answer, id: id, revision: commit) }
        let size = answer["x-linked-size"] ?? (answer.status == 200 ? answer["content-length"] : nil)
        var tag = (answer["x-linked-etag"] ?? answer["etag"] ?? "")[...]
        if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
        guard let byteCount = size.flatMap({ Int($0) }), let hash = ContentHash(tag.filter { $0 != "\"" }) else {
            throw HubError.badAnswer(url: answer.source, reason: "no size, or an ETag that is no hash of the content")
        }
        switch hash {
        case .sha256(let sha256): return .init(path: path, byteCount: byteCount, blobID: "", sha256: sha256)
        case .git(let blobID): return .init(path: path, byteCount: byteCount, blobID: blobID)
        }
    }

    private func page(_ body: [UInt8], from answer: HubClient.Answer) throws -> [RepositoryListing.File]? {
        do throws(JSONError) {
            return try RepositoryListing.files(onPage: body)
        } catch {
            throw HubError.badAnswer(url: answer.source, reason: "\(error)")
        }
    }

    private func parsed(_ body: [UInt8], from answer: HubClient.Answer) throws -> JSONDocument {
        do throws(JSONError) {
            return try JSONDocument(parsing: body)
        } catch {
            throw HubError.badAnswer(url: answer.source, reason: "\(error)")
        }
    }

    /// The address in `Link: <…>; rel="next"`.
    private static func nextPage(_ answer: HubClient.Answer, after url: URL) -> URL? {
        for link in (answer["link"] ?? "").split(separator: ",") where link.contains("rel=\"next\"") {
            guard let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end else {
                continue
            }
            return URL(string: String(link[link.index(after: start)..<end]), relativeTo: url)?.absoluteURL
        }
        return nil
    }

    /// The content of `modules.json`, which says which folders matter.
    private func modules(_ listing: RepositoryListing, _ commit: String) async throws -> [UInt8]? {
        guard let file = listing[FileSelection.modulesFile] else { return nil }
        guard file.byteCount <= FileSelection.maxModulesByteCount else {
            throw HubError.wrongSize(
                file: file.path, expected: FileSelection.maxModulesByteCount, found: file.byteCount)
        }
        try await blob(file, commit) { _ in }.run()
        let path = repository.blob(file.etag)
        guard let bytes = CacheFiles.read(path, limit: FileSelection.maxModulesByteCount) else {
            throw HubError.cannotWrite(path: path, reason: "it was written and can't be read")
        }
        return bytes
    }

    // MARK: Fetching

    private func download(_ files: [RepositoryListing.File], _ commit: String) async throws {
        // The largest decides how long all of it takes.
        var waiting = files.sorted { $0.byteCount > $1.byteCount }[...]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for file in waiting.prefix(client.settings.maxParallelFiles) {
                group.addTask { try await blob(file, commit, observer).run() }
            }
            waiting = waiting.dropFirst(client.settings.maxParallelFiles)
            while try await group.next() != nil {
                guard let file = waiting.popFirst() else { continue }
                group.addTask { try await blob(file, commit, observer).run() }
            }
        }
    }

    private func blob(
        _ file: RepositoryListing.File, _ commit: String, _ observer: @escaping DownloadObserver
    ) throws(HubError) -> BlobDownload {
        guard let hash = ContentHash(file.etag) else {
            throw .badAnswer(url: id.text, reason: "\(file.path) has no hash")
        }
        return BlobDownload(
            client: client, repository: repository, commit: commit, file: file, hash: hash, observer: observer)
    }

    private func checkSpace(for files: [RepositoryListing.File]) throws(HubError) {
        let needed = files.reduce(0) { sum, file in
            sum + file.byteCount - PartialBlob.leftByteCount(of: file, in: repository)
        }
        guard needed > 0, let available = CacheFiles.freeByteCount(repository.blobs), available < needed else { return }
        throw .noSpace(path: repository.path, needed: needed, available: available)
    }
}
