// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedJSON

/// `embedder version`.
struct ShowVersion: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

    @Flag(help: "As a JSON object.")
    var json = false

    func run() throws {
        guard json else {
            print("embedder \(Version.current)")
            return
        }
        var writer = JSONWriter()
        writer.object { $0.member("version", Version.current) }
        try Terminal.print(writer.bytes + [UInt8(ascii: "\n")])
    }
}
