// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Content that is not complete yet: a file under a temporary name, and the hash of what it holds.
///
/// All of it may block. A value: each step gives the next one.
struct PartialBlob: Sendable {
    let path: String
    let expected: ContentHash
    /// Of the whole content.
    let totalByteCount: Int
    private let descriptor: Int32
    private(set) var byteCount: Int
    private var hasher: ContentHasher
    /// Whether another attempt, perhaps of another program, wrote the beginning.
    private(set) var isAdopted: Bool

    /// The largest beginning of `file` in `repository`; an empty file when there is none.
    ///
    /// The caller holds the lock of the content; a beginning that somebody writes to in spite of that (there are file
    /// systems without locks) is left alone if its writer has locked it, as this one does.
    init(_ file: RepositoryListing.File, in repository: CachedRepository, hash: ContentHash) throws(HubError) {
        if let found = Self.adopt(file, in: repository) {
            try self.init(found.path, found.descriptor, isAdopted: true, file, hash)
            try readBeginning()
            return
        }
        let path = "\(repository.blob(file.etag)).\(CacheFiles.uniqueSuffix())\(Self.suffix)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw CacheFiles.failure(path) }
        // Advice for others; without it everything works.
        flock(descriptor, LOCK_EX | LOCK_NB)
        try self.init(path, descriptor, isAdopted: false, file, hash)
    }

    private init(
        _ path: String, _ descriptor: Int32, isAdopted: Bool, _ file: RepositoryListing.File, _ hash: ContentHash
    ) throws(HubError) {
        self.path = path
        self.descriptor = descriptor
        self.isAdopted = isAdopted
        expected = hash
        totalByteCount = file.byteCount
        byteCount = 0
        hasher = ContentHasher(like: hash, byteCount: file.byteCount)
    }

    private static let suffix = ".incomplete"

    /// Bytes that an earlier attempt has left of `file`.
    static func leftByteCount(of file: RepositoryListing.File, in repository: CachedRepository) -> Int {
        candidates(file, in: repository).map(\.byteCount).max() ?? 0
    }

    private static func candidates(
        _ file: RepositoryListing.File, in repository: CachedRepository
    ) -> [(path: String, byteCount: Int)] {
        CacheFiles.names(in: repository.blobs).compactMap { name in
            guard name.hasPrefix("\(file.etag)."), name.hasSuffix(suffix) else { return nil }
            let path = "\(repository.blobs)/\(name)"
            return CacheFiles.byteCount(path).flatMap { $0 <= file.byteCount ? (path, $0) : nil }
        }
    }

    private static func adopt(
        _ file: RepositoryListing.File, in repository: CachedRepository
    ) -> (path: String, descriptor: Int32)? {
        for candidate in candidates(file, in: repository).sorted(by: { $0.byteCount > $1.byteCount }) {
            let descriptor = open(candidate.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK {
                return (candidate.path, descriptor)
            }
            Glibc.close(descriptor)
        }
        return nil
    }

    /// Hashes what is there already.
    private mutating func readBeginning() throws(HubError) {
        var block = [UInt8](repeating: 0, count: 1 << 20)
        while byteCount < totalByteCount {
            let wanted = min(block.count, totalByteCount - byteCount)
            let count = pread(descriptor, &block, wanted, byteCount)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CacheFiles.failure(path) }
            if count == 0 { return }
            block.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            byteCount += count
        }
    }

    /// Begins again.
    mutating func restart() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0 else { throw CacheFiles.failure(path) }
        byteCount = 0
        isAdopted = false
        hasher = ContentHasher(like: expected, byteCount: totalByteCount)
    }

    /// Writes and hashes what comes next.
    mutating func append(_ bytes: ByteBuffer) throws(HubError) {
        let start = byteCount
        let failure: HubError? = bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                let count = pwrite(descriptor, slice.baseAddress, slice.count, start + bytes.count - rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return writeFailure(errno)
                }
                rest = rest.dropFirst(count)
            }
            hasher.update(bytes)
            return nil
        }
        if let failure { throw failure }
        byteCount += bytes.readableBytes
    }

    private func writeFailure(_ reason: Int32) -> HubError {
        switch reason {
        case ENOSPC, EDQUOT:
            .noSpace(
                path: path, needed: totalByteCount - byteCount,
                available: CacheFiles.freeByteCount(path) ?? 0)
        case EFBIG:
            .cannotWrite(path: path, reason: "a file of \(totalByteCount) bytes is too large for this system's limits")
        default: CacheFiles.failure(path, reason: reason)
        }
    }

    /// Whether all is there and is what the Hub lists; else the error.
    func problem(file: String) -> HubError? {
        guard byteCount == totalByteCount else {
            return .wrongSize(file: file, expected: totalByteCount, found: byteCount)
        }
        let found = hasher.value()
        return found == expected ? nil : .wrongHash(file: file, expected: expected.text, found: found.text)
    }

    /// Gives the content its name, once it is sure to survive.
    func commit(to blob: String) throws(HubError) {
        guard fsync(descriptor) == 0 else { throw writeFailure(errno) }
        guard rename(path, blob) == 0 else { throw CacheFiles.failure(blob) }
        CacheFiles.synchronizeDirectory(String(blob.prefix(upTo: blob.lastIndex(of: "/") ?? blob.endIndex)))
    }

    func remove() { unlink(path) }

    func close() { Glibc.close(descriptor) }
}
