// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file of settings, keys or names: read whole, with a bound.
enum SmallFile {
    enum Kind {
        case missing
        case regular
        /// A folder, a device …
        case other
    }

    static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        return status.st_mode & S_IFMT == S_IFREG ? .regular : .other
    }

    /// Whether others than the owner may read the file.
    static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & (S_IRGRP | S_IROTH) != 0
    }

    /// All bytes of the file, which has at most `limit`.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw failure(path, String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw failure(path, String(cString: strerror(errno))) }
        guard count <= limit else { throw failure(path, "it has more than \(limit >> 10) KiB") }
        return Array(bytes[..<count])
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure("can't read \(path): \(reason)")
    }
}
