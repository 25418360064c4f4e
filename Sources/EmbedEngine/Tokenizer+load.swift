// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles
package import EmbedTokenizers

extension Tokenizer {
    /// Reads the tokenizer.json in `directory`, or the files that older models have instead.
    ///
    /// - Throws: ``ModelFileError`` or ``TokenizerError`` that says file, key, found and supported.
    package static func load(from directory: ModelDirectory) throws -> Tokenizer {
        let file = "tokenizer.json"
        if let document = try directory.json(file) {
            return try Tokenizer(json: document.root).endingTexts(askedFor: directory)
        }
        guard let vocabulary = try BERTVocabularyFile(in: directory) else {
            throw ModelFileError.missingFile(
                file, hint: "expected it, or BERT's \(BERTVocabularyFile.name), beside config.json")
        }
        return try Tokenizer(json: JSONDocument(parsing: vocabulary.tokenizerJSON, limits: .files).root)
    }
}
