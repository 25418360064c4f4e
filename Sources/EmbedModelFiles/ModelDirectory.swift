// SPDX-License-Identifier: Apache-2.0

package import EmbedJSON
import Glibc

/// A directory with the files of one model, laid out as on the Hugging Face Hub.
package struct ModelDirectory: Sendable, Equatable {
    /// The directory's path, without a slash at the end.
    package let path: String

    /// Largest JSON file that is read; the largest tokenizers have about 35 MB.
    private static let maxJSONByteCount = 256 << 20

    /// - Throws: ``ModelFileError/notADirectory(path:)`` when there is no directory at `path`.
    package init(path: String) throws(ModelFileError) {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard Self.status(trimmed).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true else {
            throw .notADirectory(path: path)
        }
        self.path = trimmed
    }

    /// The directory called `folder` inside this one; this one itself when `folder` is empty.
    package func subdirectory(_ folder: String) throws(ModelFileError) -> ModelDirectory {
        folder.isEmpty ? self : try ModelDirectory(path: path(of: folder))
    }

    /// The path of `file`, a path relative to the directory.
    package func path(of file: String) -> String { "\(path)/\(file)" }

    /// Whether `file` is there, as a regular file or a link to one.
    package func contains(_ file: String) -> Bool {
        Self.status(path(of: file)).map { $0.st_mode & S_IFMT == S_IFREG } == true
    }

    /// The size of `file`; 0 when there is no such file.
    package func byteCount(of file: String) -> Int { Self.status(path(of: file)).map { Int($0.st_size) } ?? 0 }

    /// The parsed content of `file`, or `nil` when there is no such file.
    package func json(_ file: String) throws(ModelFileError) -> JSONDocument? {
        guard contains(file) else { return nil }
        let bytes = try bytes(of: file, maxByteCount: Self.maxJSONByteCount)
        do throws(JSONError) {
            return try JSONDocument(parsing: bytes, limits: .files)
        } catch {
            throw .invalidJSON(file: file, error)
        }
    }

    /// The content of `file`, which must be UTF-8, or `nil` when there is no such file.
    package func text(_ file: String, maxByteCount: Int) throws(ModelFileError) -> String? {
        guard let bytes = try bytes(file, maxByteCount: maxByteCount) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(file: file, reason: "it is not UTF-8")
        }
        return text
    }

    /// The content of `file`, or `nil` when there is no such file.
    package func bytes(_ file: String, maxByteCount: Int) throws(ModelFileError) -> [UInt8]? {
        guard contains(file) else { return nil }
        return try bytes(of: file, maxByteCount: maxByteCount)
    }

    private func bytes(of file: String, maxByteCount: Int) throws(ModelFileError) -> [UInt8] {
        let mapped = try MappedFile(path: path(of: file), name: file)
        guard mapped.byteCount <= maxByteCount else {
            throw .tooLarge(file: file, byteCount: mapped.byteCount, limit: maxByteCount)
        }
        return mapped.withBytes(in: 0..<mapped.byteCount) { [UInt8]($0) }
    }

    /// The parsed content of `file`, which must be there and hold an object.
    package func requiredObject(_ file: String, hint: String = "") throws(ModelFileError) -> ConfigObject {
        guard let object = try object(file) else { throw .missingFile(file, hint: hint) }
        return object
    }

    /// The parsed content of `file`, which must hold an object; `nil` when there is no such file.
    package func object(_ file: String) throws(ModelFileError) -> ConfigObject? {
        guard let document = try json(file) else { return nil }
        guard document.root.kind == .object else {
            throw .invalidKey(file: file, key: "the whole file", found: document.root.kind.name, expected: "an object")
        }
        return ConfigObject(file: file, value: document.root)
    }

    /// Whether `name` names a file right inside a directory: no separator, no parent, nothing hidden.
    static func isPlainFileName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.utf8.contains(0)
    }

    /// Whether `path` stays inside the directory: relative, and each component a plain name.
    static func isInside(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isPlainFileName(String($0)) }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
