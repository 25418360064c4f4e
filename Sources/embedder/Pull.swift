// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import EmbedJSON

/// `embedder pull`: downloads models.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Download models from the Hugging Face Hub.",
        discussion: """
            Into the cache that huggingface_hub uses too (HF_HUB_CACHE); what is there already is not fetched again, and \
            a download that was cut off goes on where it ended. Every file is checked against the hash that the Hub \
            lists. The directory of each model is written to standard output.

            embedder pull sentence-transformers/all-MiniLM-L6-v2
            embedder pull org/name@v1.0 org/other@0123456789abcdef0123456789abcdef01234567
            HF_TOKEN=hf_… embedder pull org/private
            embedder pull --manifest models.txt
            """
    )

    @Argument(help: ArgumentHelp("Ids of the Hub, or id@revision.", valueName: "model"))
    var models: [String] = []

    @Option(
        help: ArgumentHelp(
            "File with models and their revisions, one a line, and the SHA-256 of their files, indented below them.",
            valueName: "file"))
    var manifest: String?

    @Flag(help: "Write a JSON object a line for each model.")
    var json = false

    @Flag(.offline) var offline: Bool?
    @Option(.environmentFile) var environmentFile: String?

    func run() async throws {
        let flags = Flags([.environmentFile: environmentFile], switches: [.offline: offline])
        let reader = try SettingsReader(flags)
        let hub = HubModels(store: try reader.modelStore(), settings: try reader.hubSettings())
        let wanted = try entries()
        guard !wanted.isEmpty else {
            throw ValidationError("no model is named; for example: embedder pull \(DefaultModel.name)")
        }
        for entry in wanted {
            let result = try await hub.download(
                entry.id, revision: entry.revision, hashes: entry.hashes,
                observer: DownloadDisplay.standardError(entry.name))
            try Terminal.print(json ? line(result, entry) : Array("\(result.directory)\n".utf8))
        }
    }

    private struct Entry {
        let id: RepositoryID
        let revision: String?
        var hashes: [String: String] = [:]

        var name: String { id.text + (revision.map { "@\($0)" } ?? "") }
    }

    private func entries() throws -> [Entry] {
        let named = try models.map { text in
            guard case .repository(let id, let revision) = try ModelReference(text, isDirectory: { _ in false }) else {
                throw ValidationError("\"\(text)\" is a path; expected an id of the Hub, such as \(DefaultModel.name).")
            }
            return Entry(id: id, revision: revision)
        }
        let listed = try manifest.map { path in
            try Manifest(parsing: SmallFile.read(path, limit: Manifest.maxByteCount), file: path).entries
        }
        return named + (listed ?? []).map { Entry(id: $0.id, revision: $0.revision, hashes: $0.hashes) }
    }

    private func line(_ result: ModelDownload.Result, _ entry: Entry) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("id", result.id.text)
            json.member("revision", entry.revision ?? "main")
            json.member("commit", result.commit)
            json.member("path", result.directory)
            json.member("bytes", result.byteCount)
            json.member("files") { json in
                json.array { json in result.files.forEach { json.string($0) } }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
