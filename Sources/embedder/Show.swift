// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedJSON
import EmbedModelFiles

/// `embedder show`: what a model is, from its files and without loading it.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a model is, without loading it.",
        discussion: """
            Reads the model's files as "serve" would: a model that shows has an architecture and a tokenizer that \
            Embedder knows, and all the tensors it needs.

            embedder show
            embedder show BAAI/bge-small-en-v1.5 --json
            """
    )

    @Argument(help: "The model: an id of the Hub, id@revision or a directory (default: as --model).")
    var name: String?

    @OptionGroup
    var location: ModelLocation

    @Flag(help: "As a JSON object.")
    var json = false

    func run() throws {
        if let name, let model = location.model {
            throw ValidationError("Both \(name) and --model \(model) are given; one is enough.")
        }
        var location = location
        location.model = name ?? location.model
        let located = try SettingsReader(location.flags).locateModel()
        let summary = try ModelSummary(of: located.directory)
        if json {
            var writer = JSONWriter()
            write(summary, id: located.id, to: &writer)
            try Terminal.print(writer.bytes + [UInt8(ascii: "\n")])
        } else {
            try Terminal.print(rows(summary, id: located.id, path: located.directory.path))
        }
    }

    private func rows(_ model: ModelSummary, id: String, path: String) -> [Terminal.Row] {
        let size = "\(model.storedTypes.joined(separator: ", ")), \(model.storedByteCount >> 20) MiB"
        let cut = model.dimension < model.fullDimension ? " of \(model.fullDimension)" : ""
        var rows: [Terminal.Row] = [
            ("model", id),
            ("files", path),
            ("architecture", model.architecture),
            ("parameters", "\(model.parameterCount) (\(size))"),
            ("dimension", "\(model.dimension)\(cut)"),
            ("max input tokens", "\(model.maxInputTokens) (\(model.positions) positions)"),
            ("tokenizer", "\(model.tokenizer), \(model.vocabularySize) tokens"),
            ("pooling", model.pooling.joined(separator: ", ")),
            ("modules", model.modules.isEmpty ? "none" : model.modules.joined(separator: ", ")),
            ("similarity", model.similarityFunction ?? "not said"),
        ]
        if let images = model.images {
            rows.append(("images", "\(images.width) × \(images.height) pixels, patches of \(images.patchSize)"))
        }
        for (name, text) in model.prompts.sorted(by: { $0.key < $1.key }) {
            let note = name == model.defaultPromptName ? " (default)" : ""
            // As JSON, so that spaces and line breaks show.
            var writer = JSONWriter()
            writer.string(text)
            rows.append(("prompt \(name)", "\(String(decoding: writer.bytes, as: UTF8.self))\(note)"))
        }
        if model.prompts.isEmpty { rows.append(("prompts", "none")) }
        if !model.tasks.isEmpty { rows.append(("tasks", model.tasks.joined(separator: ", "))) }
        if !model.routes.isEmpty { rows.append(("routes", model.routes.joined(separator: ", "))) }
        return rows
    }

    private func write(_ model: ModelSummary, id: String, to writer: inout JSONWriter) {
        func list(_ names: [String]) -> (inout JSONWriter) -> Void {
            { writer in
                writer.array { writer in
                    for name in names { writer.string(name) }
                }
            }
        }
        writer.object { writer in
            writer.member("model", id)
            writer.member("architecture", model.architecture)
            writer.member("parameters", model.parameterCount)
            writer.member("stored_types", list(model.storedTypes))
            writer.member("stored_bytes", model.storedByteCount)
            writer.member("dimension", model.dimension)
            writer.member("full_dimension", model.fullDimension)
            writer.member("max_input_tokens", model.maxInputTokens)
            writer.member("max_positions", model.positions)
            writer.member("vocabulary_size", model.vocabularySize)
            writer.member("tokenizer", model.tokenizer)
            writer.member("pooling", list(model.pooling))
            writer.member("modules", list(model.modules))
            writer.member("prompts") { writer in
                writer.object { writer in
                    for (name, text) in model.prompts.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
                }
            }
            writer.member("default_prompt_name", orNull: model.defaultPromptName)
            writer.member("similarity_fn_name", orNull: model.similarityFunction)
            writer.member("images") { writer in
                guard let images = model.images else { return writer.null() }
                writer.object { writer in
                    writer.member("width", images.width)
                    writer.member("height", images.height)
                    writer.member("patch_size", images.patchSize)
                }
            }
            writer.member("tasks", list(model.tasks))
            writer.member("routes", list(model.routes))
        }
    }
}
