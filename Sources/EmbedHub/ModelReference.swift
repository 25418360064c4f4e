// SPDX-License-Identifier: Apache-2.0

/// How a person names a model: a directory, or an id of the Hub with an optional revision.
package enum ModelReference: Sendable, Equatable {
    case directory(String)
    case repository(RepositoryID, revision: String?)

    /// Reads `text` as a person typed it.
    ///
    /// Whatever looks like a path (starts with `/`, `./`, `../` or `~`, or ends in `/`) is a directory; `isDirectory`
    /// decides for the rest, so that a directory `models/mine` is found too.
    /// - Throws: ``ModelReferenceError`` when it is neither a path nor an id.
    package init(_ text: String, isDirectory: (String) -> Bool) throws(ModelReferenceError) {
        let looksLikePath =
            text == "." || text == ".." || text.hasSuffix("/")
            || ["/", "./", "../", "~"].contains { text.hasPrefix($0) }
        if looksLikePath || isDirectory(text) {
            self = .directory(text)
            return
        }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let revision = parts.count == 2 ? parts[1] : nil
        if let revision, !Self.isRevision(revision) { throw .invalidRevision(revision) }
        self = .repository(try RepositoryID(parts[0]), revision: revision)
    }

    /// Whether `text` can be a branch, tag or commit: no empty, hidden or parent component.
    private static func isRevision(_ text: String) -> Bool {
        text.utf8.count <= 200
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
                !component.isEmpty && !component.hasPrefix(".") && component.utf8.allSatisfy(RepositoryID.isNameByte)
            }
    }
}

/// The id of a model repository on the Hub: "organisation/name", or a bare "name".
package struct RepositoryID: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// The last path component: always an alias of the model.
    package var shortName: String { text.split(separator: "/").last.map(String.init) ?? text }

    /// The ids that this one may stand for, itself first: sentence-transformers' own models go by their bare names too.
    package var candidates: [RepositoryID] {
        let organisation = "sentence-transformers/"
        if text.hasPrefix(organisation) { return [self, RepositoryID(checked: shortName)] }
        return text.contains("/") ? [self] : [self, RepositoryID(checked: organisation + text)]
    }

    /// The ids that may be downloaded for this one: a bare name may be short for one of sentence-transformers' models.
    package var downloadCandidates: [RepositoryID] { text.contains("/") ? [self] : candidates }

    package var description: String { text }

    private init(checked text: String) { self.text = text }

    /// - Throws: ``ModelReferenceError/invalidID(_:)`` unless `text` follows the Hub's rules for names, which also keep
    ///   it inside the directory it is looked up in.
    package init(_ text: String) throws(ModelReferenceError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isValid =
            text.utf8.count <= 96 && parts.count <= 2 && !text.contains("--") && !text.contains("..")
            && !text.hasSuffix(".git")
            && parts.allSatisfy { part in
                guard let first = part.utf8.first, let last = part.utf8.last else { return false }
                let edge = [UInt8(ascii: "-"), UInt8(ascii: ".")]
                return part.utf8.allSatisfy(Self.isNameByte) && !edge.contains(first) && !edge.contains(last)
            }
        guard isValid else { throw .invalidID(text) }
        self.text = text
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Why a text names no model.
package enum ModelReferenceError: Error, Equatable, Sendable, CustomStringConvertible {
    case invalidID(String)
    case invalidRevision(String)

    package var description: String {
        switch self {
        case .invalidID(let text):
            "\"\(text)\" is no model id; expected a directory, or an id such as sentence-transformers/all-MiniLM-L6-v2"
        case .invalidRevision(let text): "\"\(text)\" is no revision; expected a branch, tag or commit"
        }
    }
}
