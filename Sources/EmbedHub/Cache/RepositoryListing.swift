// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// The files of one commit of a repository.
package struct RepositoryListing: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var path: String
        package var byteCount: Int
        /// Git's name of the file; of a pointer, for files in large file storage, where it may be unknown: "".
        package var blobID: String
        /// Of files in large file storage.
        package var sha256: String?
        /// Of files in the Hub's newer storage; kept for huggingface_hub, which downloads by it.
        package var xetHash: String?

        /// What the cache calls the content: the tag that the Hub sends with it.
        package var etag: String { sha256 ?? blobID }

        /// Whether git's name is one, or isn't needed.
        fileprivate var hasName: Bool {
            if case .git = ContentHash(blobID) { true } else { blobID.isEmpty && sha256 != nil }
        }
    }

    package var files: [File]

    /// Far more than a model has.
    static let maxFileCount = 100_000

    subscript(path: String) -> File? { files.first { $0.path == path } }

    /// Whether `path` stays inside a folder: relative, without parents, nothing in it that a file system could misread.
    static func isInside(_ path: String) -> Bool {
        // By bytes, as the file system does: to a String a slash with an accent on it is no slash.
        path.utf8.count <= 1024
            && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.count <= 255 && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
                    && part.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
            }
    }

    // MARK: The Hub's answer

    /// The files on one page of `/api/models/<id>/tree/<commit>?recursive=true`; `nil` when it is none.
    static func files(onPage bytes: [UInt8]) throws(JSONError) -> [File]? {
        let document = try JSONDocument(parsing: bytes)
        guard let elements = document.root.elements else { return nil }
        var files: [File] = []
        for entry in elements where entry["type"]?.string == "file" {
            let lfs = entry.nonNull("lfs")
            guard let path = entry["path"]?.string, let blobID = entry["oid"]?.string,
                let byteCount = lfs?["size"]?.int ?? entry["size"]?.int
            else { return nil }
            files.append(
                File(
                    path: path, byteCount: byteCount, blobID: blobID, sha256: lfs?["oid"]?.string,
                    xetHash: entry.nonNull("xetHash")?.string))
        }
        return files
    }

    /// Why nothing of this listing may be used, or `nil`.
    func problem(id: RepositoryID) -> HubError? {
        for file in files {
            guard Self.isInside(file.path) else { return .unsafeName(id: id.text, name: file.path) }
            guard file.byteCount >= 0, file.hasName else {
                return .badAnswer(url: id.text, reason: "\(file.path) has no size or no git hash")
            }
            if let sha256 = file.sha256 {
                guard case .sha256 = ContentHash(sha256) else {
                    return .badAnswer(url: id.text, reason: "\(file.path) has no SHA-256")
                }
            }
        }
        return nil
    }

    // MARK: In the cache

    /// The listing in a file `trees/<commit>.json`; `nil` when it is none that can be trusted.
    init?(parsing bytes: [UInt8], id: RepositoryID) {
        do {
            let document = try JSONDocument(parsing: bytes)
            guard document.root["format_version"]?.int == 1, let members = document.root["files"]?.members else {
                return nil
            }
            files = []
            for (path, entry) in members {
                guard let blobID = entry["blob_id"]?.string,
                    let byteCount = entry.nonNull("lfs_size")?.int ?? entry["size"]?.int
                else { return nil }
                files.append(
                    File(
                        path: path, byteCount: byteCount, blobID: blobID,
                        sha256: entry.nonNull("lfs_sha256")?.string, xetHash: entry.nonNull("xet_hash")?.string))
            }
        } catch {
            return nil
        }
        guard problem(id: id) == nil else { return nil }
    }

    package init(files: [File]) {
        self.files = files
    }

    /// The file `trees/<commit>.json`, as huggingface_hub 2 writes and reads it.
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("format_version", 1)
            json.member("files") { json in
                json.object { json in
                    for file in files.sorted(by: { $0.path < $1.path }) {
                        json.member(file.path) { json in
                            json.object { json in
                                json.member("size", file.byteCount)
                                json.member("blob_id", file.blobID)
                                if let sha256 = file.sha256 {
                                    json.member("lfs_sha256", sha256)
                                    json.member("lfs_size", file.byteCount)
                                }
                                if let xetHash = file.xetHash { json.member("xet_hash", xetHash) }
                            }
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}
