// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import EmbedJSON

/// `embedder list`: the models on this machine.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the models on this machine.",
        discussion: """
            Those of the directory of models and those of the Hub's cache, whoever put them there. "incomplete" are \
            downloads that were cut off: embedder pull goes on with them.
            """,
        aliases: ["ls"]
    )

    @Flag(help: "As a JSON array.")
    var json = false

    @Option(.modelsDirectory) var modelsDirectory: String?
    @Option(.environmentFile) var environmentFile: String?

    func run() throws {
        let flags = Flags([.modelsDirectory: modelsDirectory, .environmentFile: environmentFile])
        let models = try SettingsReader(flags).modelStore().models()
        try Terminal.print(json ? object(models) : table(models))
    }

    private func table(_ models: [StoredModel]) -> [UInt8] {
        let rows =
            [["MODEL", "REVISION", "SIZE", "DIRECTORY"]]
            + models.map { model in
                let names = model.revisions + [model.commit.map { String($0.prefix(12)) }].compactMap(\.self)
                return [
                    model.id.text, names.isEmpty ? "-" : names.joined(separator: ","),
                    ByteCount.text(model.byteCount) + (model.isComplete ? "" : " (incomplete)"), model.directory,
                ]
            }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined() + row[3] + "\n"
        }
        return Array(lines.joined().utf8)
    }

    private func object(_ models: [StoredModel]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for model in models {
                json.object { json in
                    json.member("id", model.id.text)
                    json.member("revisions") { json in
                        json.array { json in model.revisions.forEach { json.string($0) } }
                    }
                    json.member("commit", orNull: model.commit)
                    json.member("path", model.directory)
                    json.member("bytes", model.byteCount)
                    json.member("complete", model.isComplete)
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
