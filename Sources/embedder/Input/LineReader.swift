// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// Reads a file or standard input line by line, holding no more than a line and a block.
struct LineReader: ~Copyable {
    /// What errors call the input.
    let name: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Lines read so far.
    private(set) var lineNumber = 0

    /// Longer lines are refused: they would be cut at the model's length long before.
    private static let maxLineByteCount = 64 << 20
    private static let blockByteCount = 1 << 18

    /// Opens the file at `path`; "-" is standard input.
    init(path: String) throws {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ValidationError("can't read \(path): \(String(cString: strerror(errno)))") }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// The next line without its end (`\n` or `\r\n`), or `nil` at the end of the input.
    mutating func next() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[start..<end]
                start = end + 1
                lineNumber += 1
                return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                let line = Array(buffer[start...])
                start = buffer.count
                lineNumber += 1
                return line
            }
            guard buffer.count - start <= Self.maxLineByteCount else {
                throw ValidationError(
                    "\(name), line \(lineNumber + 1): more than \(Self.maxLineByteCount >> 20) MiB in one line.")
            }
            buffer.removeSubrange(..<start)
            start = 0
            searched = buffer.count
            try readBlock()
        }
    }

    private mutating func readBlock() throws {
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.blockByteCount))
        var count: Int
        repeat {
            count = buffer.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress.map { $0 + old }, Self.blockByteCount)
            }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw ValidationError("can't read \(name): \(String(cString: strerror(errno)))") }
        buffer.removeLast(Self.blockByteCount - count)
        isAtEnd = count == 0
    }
}
