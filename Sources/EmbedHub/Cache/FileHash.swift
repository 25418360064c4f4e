// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Hashes of whole files.
package enum FileHash {
    /// The SHA-256 of the file at `path`, in hexadecimal digits; may block.
    package static func sha256(of path: String) throws(HubError) -> String {
        guard let file = fopen(path, "re") else { throw CacheFiles.failure(path) }
        defer { fclose(file) }
        var hasher = ContentHasher(like: .sha256(""), byteCount: 0)
        var block = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            block.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        guard ferror(file) == 0 else { throw CacheFiles.failure(path) }
        return hasher.value().text
    }
}
