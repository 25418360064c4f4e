// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine

/// `embedder embed`: texts from arguments, a file or standard input to vectors, without a server.
struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Embed texts from arguments, a file or standard input.",
        discussion: """
            A .txt file (and standard input) holds one text a line. A .jsonl file holds a JSON string or an object a \
            line; the text stands under "text", and an "id" beside it is carried to the output.

            embedder embed "Hello world" "Bonjour"
            embedder embed --input texts.jsonl --output vectors.npy
            cat texts.txt | embedder embed > vectors.jsonl
            """
    )

    @OptionGroup
    var textArguments: TextArguments

    @Option(
        help: ArgumentHelp(
            "Where the vectors go: a .npy or .jsonl file (default: JSON lines on standard output).", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Keep the first so many components, normalized again.", valueName: "n"))
    var dimensions: Int?

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    /// Tokens of a forward pass for each thread: enough to keep all threads busy to the end of it.
    private static let batchTokensPerThread = 8192

    func run() async throws {
        let reader = try SettingsReader(textArguments.location.flags + modelArguments.flags)
        var source = try textArguments.makeSource()
        let located = try await reader.obtainModel()
        let device = try reader.makeDevice()
        let model = try EmbeddingModel.load(from: located.directory, on: device, options: try reader.modelOptions())
        let full = model.description.dimension
        if let dimensions, dimensions < 1 || dimensions > full {
            throw ValidationError("--dimensions is \(dimensions); \(located.id) has 1 to \(full).")
        }
        let dimension = dimensions ?? full
        var writer = try VectorWriter(path: output, dimension: dimension)
        var progress = ProgressBar(total: textArguments.input.flatMap(TextSource.lineCount), unit: "texts")
        var (done, cut) = (0, 0)

        var sources: [SourceText] = []
        var inputs: [TokenizedInput] = []
        var tokens = 0
        func flush() throws {
            guard !inputs.isEmpty else { return }
            let values = Matryoshka.cut(
                try model.embed(inputs), from: full, to: dimension, normalizes: model.description.isNormalized)
            try writer.append(sources, values: values, dimension: dimension)
            done += sources.count
            progress.update(done)
            (sources, inputs, tokens) = ([], [], 0)
        }
        while let next = try source.next() {
            let tokenized = try model.prepare(.text(next.text))
            cut += tokenized.isTruncated ? 1 : 0
            tokens += tokenized.tokenIDs.count
            sources.append(SourceText(text: [], id: next.id))
            inputs.append(tokenized)
            if tokens >= Self.batchTokensPerThread * device.threads { try flush() }
        }
        try flush()
        try writer.finish()
        progress.finish(done)
        if cut > 0 {
            Terminal.note(
                "\(cut) of \(done) texts were cut at \(model.description.maxInputTokens) tokens; "
                    + "--max-input-tokens raises the limit up to the model's positions.\n")
        }
    }
}
