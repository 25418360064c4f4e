// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Foundation

/// Files of Tests/Fixtures/Tokenizers, and the model's own tokenizer; see the README there.
enum Fixtures {
    /// What is missing and how to get it.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

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

    /// The directory of all-MiniLM-L6-v2, whose vocabulary is too large to commit.
    static var modelDirectory: URL {
        if let directory = ProcessInfo.processInfo.environment["EMBEDDER_TEST_MODEL"], !directory.isEmpty {
            return URL(filePath: directory)
        }
        return URL.homeDirectory.appending(path: ".cache/embedder/models/sentence-transformers/all-MiniLM-L6-v2")
    }

    static func modelTokenizerBytes() throws -> [UInt8] {
        let file = modelDirectory.appending(path: "tokenizer.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw Missing(
                description: "\(file.path) is missing: these tests need all-MiniLM-L6-v2. Run the bootstrap, or set "
                    + "EMBEDDER_TEST_MODEL to a directory that holds the model.")
        }
        return [UInt8](try Data(contentsOf: file))
    }

    /// The tokenizer of all-MiniLM-L6-v2, read once.
    static let model = Result { try Tokenizer(json: JSONDocument(parsing: modelTokenizerBytes()).root) }
}
