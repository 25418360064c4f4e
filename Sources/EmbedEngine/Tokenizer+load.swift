// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles
package import EmbedTokenizers

extension Tokenizer {
    /// Reads the tokenizer.json in `directory`.
    ///
    /// - Throws: ``ModelFileError`` or ``TokenizerError`` that says file, key, found and supported.
    package static func load(from directory: ModelDirectory) throws -> Tokenizer {
        let file = "tokenizer.json"
        guard let document = try directory.json(file) else {
            throw ModelFileError.missingFile(file, hint: "expected beside config.json")
        }
        return try Tokenizer(json: document.root)
    }
}
