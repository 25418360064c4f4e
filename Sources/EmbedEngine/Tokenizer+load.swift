// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles
package import EmbedTokenizers

extension Tokenizer {
    /// Reads the tokenizer.json in `directory`, or the files that older models have instead; see ``TokenizerFiles``.
    ///
    /// - Throws: ``ModelFileError`` or ``TokenizerError`` that says file, key, found and supported.
    package static func load(from directory: ModelDirectory) throws -> Tokenizer {
        if let document = try directory.json("tokenizer.json") {
            // `Siglip2Tokenizer`, which Transformers takes for these whatever their files say.
            let modelType = try directory.object("config.json")?.value["model_type"]?.string
            let lowercases = ["siglip2", "siglip2_text_model"].contains(modelType)
            return try Tokenizer(json: document.root, lowercasesFirst: lowercases).endingTexts(askedFor: directory)
        }
        return try TokenizerFiles.load(from: directory)
    }
}
