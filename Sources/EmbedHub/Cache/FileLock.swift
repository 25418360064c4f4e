// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An exclusive lock that other processes respect, Python's `filelock` among them: `flock(2)` on a file.
///
/// The system releases it when the process ends, however it ends. The file stays: removing it would give those who wait
/// for the old file and those who come later different locks.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// The lock at `path` if nobody holds it.
    ///
    /// A file system without locks gives it to everybody; nothing but the number of downloads depends on it.
    static func tryLock(_ path: String) throws(HubError) -> FileLock? {
        // Others of the group may wait for it as well, as with huggingface_hub.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o664)
        guard descriptor >= 0 else { throw CacheFiles.failure(path) }
        let lock = FileLock(descriptor: descriptor)
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EACCES { return nil }
        // Somebody may have removed the file between the two calls.
        var (held, named) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else { return nil }
        return lock
    }

    /// Waits for the lock at `path`; calls `onWait` once if somebody else holds it.
    static func lock(_ path: String, onWait: @Sendable () -> Void) async throws -> FileLock {
        var hasWaited = false
        while true {
            if let lock = try tryLock(path) { return lock }
            if !hasWaited { onWait() }
            hasWaited = true
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
