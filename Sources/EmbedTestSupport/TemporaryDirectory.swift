// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// A directory for one test, removed with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/embedder-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestSupportError("mkdtemp failed: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("can't remove \(path): \(error)")
        }
    }

    /// Writes `bytes` to `file`, a path relative to the directory; creates the folders on the way.
    @discardableResult
    package func write(_ bytes: [UInt8], to file: String) throws -> String {
        var folder = path
        for component in file.split(separator: "/").dropLast() {
            folder += "/\(component)"
            mkdir(folder, 0o755)
        }
        let target = "\(path)/\(file)"
        guard let stream = fopen(target, "we") else { throw TestSupportError("can't write \(target)") }
        defer { fclose(stream) }
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
            throw TestSupportError("can't write \(target)")
        }
        return target
    }

    /// Copies what is in `folder` into the directory.
    package func copy(_ folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(path)/\(name)")
        }
    }

    @discardableResult
    package func write(_ text: String, to file: String) throws -> String { try write(Array(text.utf8), to: file) }
}

/// Something the test itself needs is not there.
package struct TestSupportError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
