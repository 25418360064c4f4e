// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// `embedder tokenize`: texts to token ids, one JSON object a line.
struct Tokenize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the tokens of texts.",
        discussion: """
            Writes one JSON object a line: {"ids":[…],"tokens":[…],"offsets":[[start,end],…]}. Offsets count UTF-8 \
            bytes from the start of the prompt, if there is one; those of special tokens are null.

            embedder tokenize "Hello world"
            """
    )

    @OptionGroup
    var textArguments: TextArguments

    @Flag(inversion: .prefixedNo, help: "Put the special tokens around each text.")
    var specialTokens = true

    @Option(help: ArgumentHelp("Cut at so many tokens, special tokens included (default: not at all).", valueName: "n"))
    var maxTokens: Int?

    @Option(help: ArgumentHelp("Put the model's prompt of this name before each text.", valueName: "name"))
    var promptName: String?

    func run() async throws {
        if let maxTokens, maxTokens < 1 { throw ValidationError("--max-tokens is \(maxTokens); expected 1 or more.") }
        var source = try textArguments.makeSource()
        let located = try await SettingsReader(textArguments.location.flags).obtainModel()
        let config = try SentenceTransformersConfig(in: located.directory)
        let folder = config.standardPipeline.transformerFolder
        let tokenizer = try Tokenizer.load(from: located.directory.subdirectory(folder))
        let prompt = try promptName.map { name in
            guard let prompt = config.prompts[name] else {
                throw ValidationError.unknownPrompt(name, of: located.id, known: config.prompts.keys.sorted())
            }
            return prompt
        }
        while let next = try source.next() {
            if let image = next.image { throw ValidationError("\(image) is an image, which has no tokens.") }
            let encoding = tokenizer.encode(
                Array((prompt ?? "").utf8) + next.text, maxTokens: maxTokens ?? .max, addSpecialTokens: specialTokens,
                offsets: true)
            try OutputFile.standardOutput.write(line(encoding, tokenizer))
        }
    }

    private func line(_ encoding: Encoding, _ tokenizer: Tokenizer) -> [UInt8] {
        let isSpecial = encoding.specialTokensMask
        var json = JSONWriter()
        json.object { json in
            json.member("ids") { json in
                json.array { json in encoding.ids.forEach { json.int(Int($0)) } }
            }
            json.member("tokens") { json in
                json.array { json in encoding.ids.forEach { json.string(tokenizer.token(for: $0) ?? "") } }
            }
            json.member("offsets") { json in
                json.array { json in
                    for (index, range) in encoding.offsets.enumerated() {
                        if isSpecial[index] {
                            json.null()
                        } else {
                            json.array { json in
                                json.int(range.lowerBound)
                                json.int(range.upperBound)
                            }
                        }
                    }
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
