// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

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
}
