// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import EmbedJSON

/// `embedder rm`: removes models from this machine.
struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove models from this machine.",
        discussion: """
            With a revision only that one; files that other revisions need stay. A server that has the model in memory \
            goes on serving it.

            embedder rm sentence-transformers/all-MiniLM-L6-v2
            embedder rm org/name@v1.0
            """,
        aliases: ["remove"]
    )

    @Argument(help: ArgumentHelp("Ids of the Hub, or id@revision, as embedder list shows them.", valueName: "model"))
    var models: [String]

    @Flag(help: "Write a JSON object a line for each model.")
    var json = false

    @Option(.modelsDirectory) var modelsDirectory: String?
    @Option(.environmentFile) var environmentFile: String?

    func run() throws {
        let flags = Flags([.modelsDirectory: modelsDirectory, .environmentFile: environmentFile])
        let store = try SettingsReader(flags).modelStore()
        let named = try models.map { text in
            guard case .repository(let id, let revision) = try ModelReference(text, isDirectory: { _ in false }) else {
                throw ValidationError("\"\(text)\" is a path; directories of your own are yours to remove.")
            }
            return (id: id, revision: revision)
        }
        for (id, revision) in named {
            let removal = try store.remove(id, revision: revision)
            try Terminal.print(json ? line(id, revision, removal) : text(id, revision, removal))
        }
    }

    private func text(_ id: RepositoryID, _ revision: String?, _ removal: ModelStore.Removal) -> [UInt8] {
        let name = id.text + (revision.map { "@\($0)" } ?? "")
        return Array("removed \(name): \(ByteCount.text(removal.freedByteCount))\n".utf8)
    }

    private func line(_ id: RepositoryID, _ revision: String?, _ removal: ModelStore.Removal) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("id", id.text)
            json.member("revision", orNull: revision)
            json.member("bytes", removal.freedByteCount)
            json.member("paths") { json in
                json.array { json in removal.paths.forEach { json.string($0) } }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
