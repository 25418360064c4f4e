// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine

/// `embedder embed`: texts from arguments, a file or standard input, and images, to vectors, without a server.
struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Embed texts from arguments, a file or standard input, and images.",
        discussion: """
            A .txt file (and standard input) holds one text a line. A .jsonl file holds a JSON string or an object a \
            line; the text stands under "text", and an "id" beside it is carried to the output. Models that embed images \
            take their files, too: by --image, or under "image" in a .jsonl file. They come after the texts.

            embedder embed "Hello world" "Bonjour"
            embedder embed --input texts.jsonl --output vectors.npy
            embedder embed --role query "Where are foxes?"
            embedder embed --model clip-ViT-B-32 "a red cat" --image cat.png dog.jpg
            cat texts.txt | embedder embed > vectors.jsonl
            """
    )

    @OptionGroup
    var textArguments: TextArguments

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Images to embed: PNG, JPEG, WebP or GIF files.", valueName: "file"))
    var image: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where the vectors go: a .npy or .jsonl file (default: JSON lines on standard output).", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Keep the first so many components, normalized again.", valueName: "n"))
    var dimensions: Int?

    @Option(
        help: ArgumentHelp(
            "Numbers of the vectors: float, int8, uint8, binary or ubinary (one bit a component).", valueName: "type"))
    var outputType = "float"

    @OptionGroup
    var promptArguments: PromptArguments

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    /// Tokens of a forward pass for each thread: enough to keep all threads busy to the end of it.
    private static let batchTokensPerThread = 8192

    func run() async throws {
        let reader = try SettingsReader(textArguments.location.flags + modelArguments.flags)
        var source = try textArguments.makeSource(mayBeEmpty: !image.isEmpty)
        let located = try await reader.obtainModel()
        let device = try reader.makeDevice()
        let model = try EmbeddingModel.load(from: located.directory, on: device, options: try reader.modelOptions())
        if !image.isEmpty, !model.description.supportsImages { throw ImageFile.refused(by: located.id) }
        let reading = try promptArguments.reading(of: model, id: located.id)
        let full = model.description.fullDimension
        if let dimensions, dimensions < 1 || dimensions > full {
            throw ValidationError("--dimensions is \(dimensions); \(located.id) has 1 to \(full).")
        }
        let dimension = dimensions ?? model.description.dimension
        guard let type = OutputType(rawValue: outputType) else {
            let names = OutputType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--output-type is \"\(outputType)\"; expected one of: \(names).")
        }
        let options = OutputOptions(dimensions: dimensions, normalizes: type.needsUnitVectors)
        var writer = try VectorWriter(path: output, dimension: dimension, type: type)
        var progress = ProgressBar(total: textArguments.input.flatMap(TextSource.lineCount), unit: "texts")
        var (done, cut) = (0, 0)

        var sources: [SourceText] = []
        var inputs: [PreparedInput] = []
        var tokens = 0
        func flush() throws {
            guard !inputs.isEmpty else { return }
            let output = model.description.output(try model.embed(inputs), options)
            try writer.append(sources, values: output.values)
            done += sources.count
            progress.update(done)
            (sources, inputs, tokens) = ([], [], 0)
        }
        func add(_ next: SourceText) throws {
            let input =
                try next.image.map { try ImageFile.prepared($0, by: model, id: located.id) }
                ?? model.prepare(.text(next.text), reading)
            cut += input.isTruncated ? 1 : 0
            tokens += input.rowCount
            sources.append(SourceText(text: [], id: next.id))
            inputs.append(input)
            if tokens >= Self.batchTokensPerThread * device.threads { try flush() }
        }
        while let next = try source.next() { try add(next) }
        for path in image { try add(SourceText(text: [], image: path, id: ImageFile.id(path))) }
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
