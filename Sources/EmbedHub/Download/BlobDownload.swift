// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Brings the content of one file into the cache.
///
/// Goes on where an earlier attempt ended, of this process or of one that was killed. What arrives is hashed on the way
/// to the disk and gets its name only if the hash is right.
struct BlobDownload: Sendable {
    let client: HubClient
    let repository: CachedRepository
    let commit: String
    let file: RepositoryListing.File
    let hash: ContentHash
    let observer: DownloadObserver

    /// Bytes that are gathered before they are written and hashed, on a thread that may block.
    private static let pieceByteCount = 256 << 10
    /// So many bytes make a connection that broke a good one.
    private static let progressByteCount = 1 << 20

    /// Returns when the content is in the cache, whoever brought it there.
    func run() async throws {
        if repository.holds(file) { return }
        let lock = try await FileLock.lock(repository.lock(file.etag)) { [observer, file] in
            observer(.waiting(file: file.path))
        }
        defer { withExtendedLifetime(lock) {} }
        if repository.holds(file) {
            observer(.progressed(byteCount: file.byteCount))
            observer(.finished(file: file.path, byteCount: file.byteCount))
            return
        }
        var partial = try await Self.onDisk { [file, repository, hash] in
            try PartialBlob(file, in: repository, hash: hash)
        }
        defer { partial.close() }
        if partial.byteCount > 0 {
            observer(
                .resumed(file: file.path, byteCount: partial.byteCount, totalByteCount: partial.totalByteCount))
            observer(.progressed(byteCount: partial.byteCount))
        }
        do {
            try await complete(&partial)
        } catch {
            // Nothing to go on from.
            if partial.byteCount == 0 { partial.remove() }
            throw error
        }
        let complete = partial
        try await Self.onDisk { [repository, file] in try complete.commit(to: repository.blob(file.etag)) }
        observer(.finished(file: file.path, byteCount: file.byteCount))
    }

    /// Fetches what is missing and checks the whole.
    private func complete(_ partial: inout PartialBlob) async throws {
        while true {
            let isAdopted = partial.isAdopted
            try await fetchRest(&partial)
            guard let problem = partial.problem(file: file.path) else { return }
            observer(.progressed(byteCount: -partial.byteCount))
            guard isAdopted else {
                partial.remove()
                throw problem
            }
            // What an earlier attempt left may be damaged: once more from the start.
            partial = try await Self.onDisk { [partial] in
                var partial = partial
                try partial.restart()
                return partial
            }
        }
    }

    private func fetchRest(_ partial: inout PartialBlob) async throws {
        var failures = 0
        while partial.byteCount < file.byteCount {
            let before = partial.byteCount
            do {
                try await fetch(&partial)
            } catch let failure as TransientFailure {
                if partial.byteCount - before >= Self.progressByteCount { failures = 0 }
                failures += 1
                guard let delay = client.settings.retries.delay(after: failures, asked: failure.delay) else {
                    throw HubError.unreachable(
                        url: "\(client.settings.endpoint)/\(repository.id)", reason: failure.reason)
                }
                observer(.retrying(file: file.path, reason: failure.reason, delay: delay))
                try await client.settings.retries.sleep(delay)
            }
        }
    }

    /// Asks for the rest and writes what comes, up to its end or the first failure.
    private func fetch(_ partial: inout PartialBlob) async throws {
        var headers: HTTPHeaders = [:]
        if partial.byteCount > 0 { headers.add(name: "Range", value: "bytes=\(partial.byteCount)-") }
        let url = try client.url("/\(repository.id)/resolve/\(commit)/\(PercentEncoding.path(file.path))")
        let answer = try await client.send(url, headers: headers)
        try await begin(answer, &partial)
        var rate = MinimumRate(client.settings)
        var gathered = ByteBuffer()
        do {
            for try await part in answer.body {
                gathered.writeImmutableBuffer(part)
                let arrived = partial.byteCount + gathered.readableBytes
                guard arrived <= file.byteCount else {
                    throw HubError.wrongSize(file: file.path, expected: file.byteCount, found: arrived)
                }
                if gathered.readableBytes >= Self.pieceByteCount { try await append(&gathered, to: &partial) }
                try rate.check(part.readableBytes)
            }
        } catch let error where HubClient.isOfTransport(error) {
            try await append(&gathered, to: &partial)
            throw TransientFailure(reason: "\(error)")
        } catch let failure as TransientFailure {
            try await append(&gathered, to: &partial)
            throw failure
        }
        try await append(&gathered, to: &partial)
        if partial.byteCount < file.byteCount {
            throw TransientFailure(reason: "the connection ended after \(partial.byteCount) of \(file.byteCount) bytes")
        }
    }

    /// Checks that `answer` holds what comes next.
    private func begin(_ answer: HubClient.Answer, _ partial: inout PartialBlob) async throws {
        switch answer.status {
        case 200:
            if partial.byteCount > 0 { try await restart(&partial) }
        case 206:
            // "bytes 100-199/200"
            let range = answer["content-range"]?.split { " -/".contains($0) } ?? []
            guard range.count == 4, range[0] == "bytes", Int(range[1]) == partial.byteCount,
                range[3] == "*" || Int(range[3]) == file.byteCount
            else {
                try await restart(&partial)
                throw TransientFailure(reason: "\(answer.source) sent another part of \(file.path) than asked for")
            }
        case 416:
            try await restart(&partial)
            throw TransientFailure(reason: "\(answer.source) can't send the rest of \(file.path)")
        case 401, 403, 404:
            let isOfHub = answer.source.hasPrefix("\(client.settings.endpoint)/")
            // Elsewhere it is a signature that has run out: the Hub gives a new one.
            guard isOfHub else { throw TransientFailure(reason: "\(answer.source) answered \(answer.status)") }
            throw client.refusal(answer, id: repository.id, revision: commit)
        default:
            throw HubClient.transientFailure(answer)
                ?? client.refusal(answer, id: repository.id, revision: commit)
        }
        let rest = file.byteCount - partial.byteCount
        if let length = answer["content-length"].flatMap({ Int($0) }), length != rest {
            throw HubError.wrongSize(
                file: file.path, expected: file.byteCount, found: partial.byteCount + max(0, min(length, 1 << 50)))
        }
    }

    private func restart(_ partial: inout PartialBlob) async throws {
        observer(.progressed(byteCount: -partial.byteCount))
        partial = try await Self.onDisk { [partial] in
            var partial = partial
            try partial.restart()
            return partial
        }
    }

    private func append(_ bytes: inout ByteBuffer, to partial: inout PartialBlob) async throws {
        let piece = bytes
        bytes = ByteBuffer()
        partial = try await Self.onDisk { [partial] in
            var partial = partial
            try partial.append(piece)
            return partial
        }
        if piece.readableBytes > 0 { observer(.progressed(byteCount: piece.readableBytes)) }
    }

    /// Runs `body` on a thread that may block.
    static func onDisk<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}

/// Notices a server that sends a byte now and then for ever.
private struct MinimumRate {
    private let stallTime: Duration
    private let byteCount: Int
    private let clock = ContinuousClock()
    private var start: ContinuousClock.Instant
    private var arrived = 0

    init(_ settings: HubSettings) {
        stallTime = settings.stallTime
        byteCount = Int(Double(settings.minimumRate) * (settings.stallTime / .seconds(1)))
        start = clock.now
    }

    mutating func check(_ count: Int) throws(TransientFailure) {
        arrived += count
        let now = clock.now
        guard now - start >= stallTime else { return }
        guard arrived >= byteCount else {
            throw TransientFailure(reason: "only \(arrived) bytes came in \(Int(stallTime / .seconds(1))) s")
        }
        (start, arrived) = (now, 0)
    }
}
