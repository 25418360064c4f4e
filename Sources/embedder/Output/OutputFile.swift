// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// A file written from start to end: under a temporary name until it is complete, or standard output.
///
/// A job that fails leaves no half file behind where a whole one is expected.
final class OutputFile {
    static var standardOutput: OutputFile { OutputFile(descriptor: STDOUT_FILENO, name: "standard output") }

    private let descriptor: Int32
    private let name: String
    private var temporaryPath: String?
    private let path: String?

    private init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        path = nil
    }

    /// Creates the file at `path` under a temporary name beside it.
    init(path: String) throws {
        let temporary = "\(path).\(getpid()).incomplete"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw ValidationError("can't write \(path): \(String(cString: strerror(errno)))")
        }
        name = path
        self.path = path
        temporaryPath = temporary
    }

    deinit {
        guard path != nil else { return }
        close(descriptor)
        if let temporaryPath { unlink(temporaryPath) }
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw ValidationError("can't write \(name): \(String(cString: strerror(errno)))")
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Replaces the first bytes of the file.
    func overwriteStart(_ bytes: [UInt8]) throws {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else {
            throw ValidationError("can't write \(name): \(String(cString: strerror(errno)))")
        }
    }

    /// Gives the complete file its name.
    func commit() throws {
        guard let path, let temporaryPath else { return }
        guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
            throw ValidationError("can't write \(path): \(String(cString: strerror(errno)))")
        }
        self.temporaryPath = nil
    }
}
