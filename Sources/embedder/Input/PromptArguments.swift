// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine

/// What a command puts before each text.
struct PromptArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What the texts are in a search, query or document: puts the model's prompt for that before each.",
            valueName: "role"))
    var role: String?

    @Option(
        help: ArgumentHelp(
            "Put the model's prompt of this name before each text (default: the model's own default).",
            valueName: "name"))
    var promptName: String?

    @Option(help: ArgumentHelp("Put this before each text; \"\" is nothing.", valueName: "text"))
    var prompt: String?

    func validate() throws {
        if prompt != nil, promptName != nil {
            throw ValidationError("--prompt and --prompt-name both say what stands before a text; give one.")
        }
    }

    /// How `model` reads the texts; `id` is what the user calls it.
    func reading(of model: EmbeddingModel, id: String) throws -> Reading {
        let side = try role.map { name in
            guard let side = InputRole.Side(rawValue: name) else {
                throw ValidationError("--role is \"\(name)\"; expected one of: query, document.")
            }
            return InputRole(name: name, side: side)
        }
        let choice: PromptChoice =
            prompt.map { .text(Array($0.utf8)) } ?? promptName.map { .named($0) } ?? .automatic
        do throws(ReadingError) {
            return try model.reading(choice, role: side)
        } catch {
            switch error {
            case .unknownPrompt(let name, let known):
                throw ValidationError.unknownPrompt(name, of: id, known: known)
            case .unknownRole(let name, let known):
                let found = name.map { "no part for \($0)" } ?? "no part for texts without a role"
                throw ValidationError("\(id) has \(found); --role may be: \(known.joined(separator: ", ")).")
            }
        }
    }
}

extension ValidationError {
    static func unknownPrompt(_ name: String, of model: String, known: [String]) -> ValidationError {
        ValidationError(
            "--prompt-name is \"\(name)\"; \(model) has \(known.isEmpty ? "no prompts" : known.joined(separator: ", "))."
        )
    }
}
