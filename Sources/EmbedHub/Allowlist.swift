// SPDX-License-Identifier: Apache-2.0

/// The models that requests may name, as a file lists them.
///
/// One id of the Hub a line; "#" begins a comment, also behind an id; blank lines count for nothing.
package struct Allowlist: Sendable, Equatable {
    /// In the order of the file, each once.
    package let ids: [RepositoryID]
    private let set: Set<RepositoryID>
    private let idsByShortName: [String: [RepositoryID]]

    /// Thousands of ids.
    package static let maxByteCount = 1 << 20

    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - file: what errors call the file.
    /// - Throws: ``AllowlistError`` that names the line.
    package init(parsing bytes: [UInt8], file: String) throws(AllowlistError) {
        var ids: [RepositoryID] = []
        var seen: Set<RepositoryID> = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            let content = line.prefix { $0 != UInt8(ascii: "#") }.drop(while: isSpace)
            let text = String(decoding: content.reversed().drop(while: isSpace).reversed(), as: UTF8.self)
            guard !text.isEmpty else { continue }
            let id: RepositoryID
            do {
                id = try RepositoryID(text)
            } catch {
                throw AllowlistError(file: file, line: index + 1, reason: error)
            }
            if seen.insert(id).inserted { ids.append(id) }
        }
        self.ids = ids
        set = seen
        idsByShortName = Dictionary(grouping: ids, by: \.shortName)
    }

    package func contains(_ id: RepositoryID) -> Bool { set.contains(id) }

    /// The ids whose last part is `name`, in the order of the file.
    package func ids(named name: String) -> [RepositoryID] { idsByShortName[name] ?? [] }
}

/// A line of an ``Allowlist`` that is no id.
package struct AllowlistError: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let reason: ModelReferenceError

    package var description: String { "\(file), line \(line): \(reason)" }
}
