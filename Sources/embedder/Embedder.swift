// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CArguments
import Glibc

@main
struct Embedder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embedder",
        abstract: "Turns text into vectors: an embedding server and its tools.",
        discussion: """
            Start a server:      embedder serve
            Embed a text:        embedder embed "Hello world"
            Embed a file:        embedder embed --input texts.txt --output vectors.npy

            Settings come from flags, then the environment, then a .env file, then defaults.
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Embed.self, Tokenize.self, Pull.self, List.self, Show.self, Remove.self, Bench.self,
            Doctor.self, Health.self, ShowVersion.self,
        ]
    )

    /// Runs the command that the arguments name.
    ///
    /// Commands that wait for nothing run on this thread and need no /proc: a health check may be started where there
    /// is none, and ArgumentParser's own way would take it for a call without arguments, and succeed.
    @MainActor static func main() async {
        do {
            let arguments = (0..<embed_argument_count()).map { String(cString: embed_argument($0)) }
            var command = try parseAsRoot(Array(arguments.dropFirst()))
            guard var waiting = command as? any AsyncParsableCommand else { return try command.run() }
            // libdispatch, which runs the others, ends a program whose threads it doesn't find there.
            guard access("/proc/self/stat", R_OK) == 0 else {
                throw CommandFailure("/proc is not mounted, and this command needs it")
            }
            try await waiting.run()
        } catch {
            exit(withError: error)
        }
    }
}
