// SPDX-License-Identifier: Apache-2.0

/// What happens during a download, for those who watch it.
package enum DownloadEvent: Sendable, Equatable {
    /// What is to be fetched, and how much of it an earlier attempt has left here.
    case started(files: Int, byteCount: Int, alreadyHere: Int)
    /// Bytes arrived, or (negative) have to be fetched again.
    case progressed(byteCount: Int)
    /// An earlier attempt left so much of it.
    case resumed(file: String, byteCount: Int, totalByteCount: Int)
    case finished(file: String, byteCount: Int)
    /// Another process is fetching the same file.
    case waiting(file: String)
    case retrying(file: String, reason: String, delay: Duration)
}

/// Called from several tasks at once.
package typealias DownloadObserver = @Sendable (DownloadEvent) -> Void
