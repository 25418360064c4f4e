// SPDX-License-Identifier: Apache-2.0

/// Models with their revisions, and the hashes that their files must have, as a file lists them.
///
/// ```
/// # What production runs.
/// sentence-transformers/all-MiniLM-L6-v2@0123456789abcdef0123456789abcdef01234567
///     model.safetensors sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
/// ```
/// One model a line; indented lines below it name files and their SHA-256; "#" begins a comment; blank lines count for
/// nothing.
package struct Manifest: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let id: RepositoryID
        package let revision: String?
        /// SHA-256 in hexadecimal digits, by path.
        package fileprivate(set) var hashes: [String: String] = [:]
    }

    package private(set) var entries: [Entry] = []

    /// Thousands of models.
    package static let maxByteCount = 1 << 20

    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - file: what errors call the file.
    /// - Throws: ``ManifestError`` that names the line.
    package init(parsing bytes: [UInt8], file: String) throws(ManifestError) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            let words = content.split(whereSeparator: isSpace).map { String(decoding: $0, as: UTF8.self) }
            guard let first = words.first else { continue }
            let problem = content.first.map(isSpace) == true ? addFile(words) : addModel(first, words.count)
            if let problem { throw ManifestError(file: file, line: index + 1, reason: problem) }
        }
    }

    /// Returns what is wrong.
    private mutating func addModel(_ text: String, _ wordCount: Int) -> String? {
        guard wordCount == 1 else { return "expected a model alone, such as org/name@revision" }
        do {
            guard case .repository(let id, let revision) = try ModelReference(text, isDirectory: { _ in false }) else {
                return "\"\(text)\" is a directory; expected an id of the Hub"
            }
            entries.append(Entry(id: id, revision: revision))
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Returns what is wrong.
    private mutating func addFile(_ words: [String]) -> String? {
        guard !entries.isEmpty else { return "a file before any model" }
        let prefix = "sha256:"
        guard words.count == 2, words[1].hasPrefix(prefix), RepositoryListing.isInside(words[0]),
            case .sha256(let hash) = ContentHash(String(words[1].dropFirst(prefix.count)).lowercased())
        else { return "expected a file and its hash: model.safetensors sha256:0123…" }
        guard entries[entries.count - 1].hashes.updateValue(hash, forKey: words[0]) == nil else {
            return "\(words[0]) stands here twice"
        }
        return nil
    }
}

/// A line of a ``Manifest`` that can't be read.
package struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let reason: String

    package var description: String { "\(file), line \(line): \(reason)" }
}
