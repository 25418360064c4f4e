// SPDX-License-Identifier: Apache-2.0

/// A file with API keys: one a line; blank lines and lines that begin with "#" count for nothing.
enum APIKeyFile {
    /// Thousands of keys.
    private static let maxByteCount = 256 << 10

    /// The keys in the file at `path`, at least one.
    static func keys(at path: String) throws -> [String] {
        let keys = keys(in: try SmallFile.read(path, limit: maxByteCount))
        // Without this the server would be open to all, which is not what a file of keys asks for.
        guard !keys.isEmpty else { throw CommandFailure("\(path) holds no key; expected one a line") }
        return keys
    }

    static func keys(in bytes: [UInt8]) -> [String] {
        bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }).map { line in
            let start = line.drop(while: isSpace)
            return String(decoding: start.reversed().drop(while: isSpace).reversed(), as: UTF8.self)
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
