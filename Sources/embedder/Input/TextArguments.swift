// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Which texts a command works on, and with which model.
struct TextArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("Texts to work on.", valueName: "text"))
    var texts: [String] = []

    @Option(help: ArgumentHelp("Texts: a .txt or .jsonl file, or - for standard input.", valueName: "file"))
    var input: String?

    @Option(help: ArgumentHelp("How lines are read: txt or jsonl (default: by the file's extension, else txt)."))
    var inputFormat: String?

    @Option(help: ArgumentHelp("Key of the text in JSON objects.", valueName: "key"))
    var textKey = "text"

    @OptionGroup
    var location: ModelLocation

    /// The texts, one after the other; with `mayBeEmpty` there may be none, and nothing waits for standard input.
    func makeSource(mayBeEmpty: Bool = false) throws -> TextSource {
        if mayBeEmpty, texts.isEmpty, input == nil { return .arguments([], next: 0) }
        let format = try inputFormat.map { name in
            guard let format = TextSource.Format(rawValue: name) else {
                throw ValidationError("--input-format is \"\(name)\"; expected one of: txt, jsonl.")
            }
            return format
        }
        return try TextSource.make(arguments: texts, input: input, format: format, textKey: textKey)
    }
}
