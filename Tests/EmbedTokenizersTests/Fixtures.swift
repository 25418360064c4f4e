// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import EmbedTokenizers
import Foundation

/// Files of Tests/Fixtures/Tokenizers, and the model's own tokenizer; see the README there.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Tokenizers")

    static let variants = [
        "added-duplicates", "added-flags", "added-normalized", "added-normalized-cased", "added-overlapping", "bare",
        "bert-processing", "cased", "cleaning-only", "empty-prefix", "empty-sequences", "long-template",
        "lowercase-only", "no-chinese", "no-cleaning", "no-normalizer", "no-pre-tokenizer", "open-end-template",
        "other-prefix", "sequences", "strip-accents-only", "typeless-model",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: 0x0A).map(Array.init)
    }

    static func variant(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: JSONDocument(parsing: bytes("Variants/\(name).json")).root)
    }

    /// The tokenizer.json of all-MiniLM-L6-v2, whose vocabulary is too large to commit.
    static func modelTokenizerBytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(EmbedTestSupport.Fixtures.miniLM())/tokenizer.json")))
    }

    /// The tokenizer of all-MiniLM-L6-v2, read once.
    static let model = Result { try Tokenizer(json: JSONDocument(parsing: modelTokenizerBytes()).root) }
}
