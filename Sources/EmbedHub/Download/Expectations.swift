// SPDX-License-Identifier: Apache-2.0

/// The SHA-256 that a person says files must have, by path.
struct Expectations: Sendable {
    private let repository: CachedRepository
    private let hashes: [String: String]

    init(_ repository: CachedRepository, _ hashes: [String: String]) {
        self.repository = repository
        self.hashes = hashes
    }

    /// What is here of `revision`, if that is all a model needs and as expected.
    func present(_ revision: String) async throws -> ModelDownload.Result? {
        guard let commit = repository.commit(of: revision), let listing = repository.listing(commit),
            repository.missingFiles(commit)?.isEmpty == true
        else { return nil }
        let modules = CacheFiles.read(
            "\(repository.snapshot(commit))/\(FileSelection.modulesFile)", limit: FileSelection.maxModulesByteCount)
        let files = try FileSelection.files(of: listing, modules: modules, id: repository.id)
        try check(files)
        try await checkContents(of: files)
        return ModelDownload.Result(
            id: repository.id, commit: commit, directory: repository.snapshot(commit), files: files.map(\.path),
            byteCount: files.reduce(0) { $0 + $1.byteCount })
    }

    /// Refuses what the listing shows to be another file than expected, before anything is fetched.
    func check(_ files: [RepositoryListing.File]) throws(HubError) {
        for (path, expected) in hashes.sorted(by: { $0.key < $1.key }) {
            guard let file = files.first(where: { $0.path == path }) else {
                throw .wrongHash(file: path, expected: expected, found: "none: there is no such file")
            }
            if let found = file.sha256, found != expected {
                throw .wrongHash(file: path, expected: expected, found: found)
            }
        }
    }

    /// Hashes those of `files`, whose SHA-256 the Hub doesn't list, that have to have one.
    func checkContents(of files: [RepositoryListing.File]) async throws {
        for file in files where file.sha256 == nil {
            guard let expected = hashes[file.path] else { continue }
            let path = repository.blob(file.etag)
            let found = try await BlobDownload.onDisk { try FileHash.sha256(of: path) }
            guard found == expected else {
                throw HubError.wrongHash(file: file.path, expected: expected, found: found)
            }
        }
    }
}
