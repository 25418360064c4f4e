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

    static let unigrams = [
        "albert", "bert-normalizer", "bge-m3", "e5", "first", "first-whole", "nfc", "nfd", "nmt", "prepend", "t5",
        "ties", "ties-metaspace", "xlm-r",
    ]

    /// Files of BPE/ that are compared on every text and every scalar.
    static let largeBPE = [
        "clip", "gpt2", "roberta", "qwen", "qwen3.5", "modernbert", "llama3", "o200k", "tekken", "llama", "gemma",
        "word-level",
        "whitespace",
    ]

    /// Files of BPE/ that differ from those in one thing each.
    static let smallBPE = [
        "cl100k", "clip-2021", "clip-few", "clip-few-fused", "delimiter", "fixed-length", "gpt2-after-frame",
        "gpt2-digits", "gpt2-prefix",
        "gpt2-split", "gpt2-split-short", "gpt2-whole",
        "llama-cut-tokens", "llama-dropping", "llama-fused", "llama-ignoring-merges", "llama-joined",
        "llama-some-bytes", "llama-unknown", "prepend-nfc", "punctuation-contiguous",
        "punctuation-isolated", "punctuation-mergedwithnext", "punctuation-mergedwithprevious", "punctuation-removed",
        "roberta-twice", "siglip", "siglip2", "split-contiguous", "split-long",
        "split-next", "split-previous", "split-removed", "split-removed-inverted", "whitespace-punctuation",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: 0x0A).map(Array.init)
    }

    static func variant(_ name: String) throws -> Tokenizer { try tokenizer("Variants/\(name)") }

    static func bpe(_ name: String) throws -> Tokenizer { try tokenizer("BPE/\(name)") }

    /// The tokenizer in FILE.json.
    static func tokenizer(_ file: String) throws -> Tokenizer {
        try Tokenizer(json: JSONDocument(parsing: bytes("\(file).json")).root)
    }

    /// A tokenizer.json of Unigram/, with the table of replacements that it names in its place.
    static func unigramBytes(_ name: String) throws -> [UInt8] {
        var text = String(decoding: try bytes("Unigram/\(name).json"), as: UTF8.self)
        for table in ["nmt_nfkc", "nmt_nfkc_cf"] where text.contains("\"@\(table)\"") {
            let contents = String(decoding: try bytes("Unigram/\(table).charsmap"), as: UTF8.self)
            text = text.replacingOccurrences(of: "\"@\(table)\"", with: "\"\(contents)\"")
        }
        return Array(text.utf8)
    }

    static func unigram(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: JSONDocument(parsing: unigramBytes(name)).root)
    }

    /// The tokenizer.json of all-MiniLM-L6-v2, whose vocabulary is too large to commit.
    static func modelTokenizerBytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(EmbedTestSupport.Fixtures.miniLM())/tokenizer.json")))
    }

    /// The tokenizer of all-MiniLM-L6-v2, read once.
    static let model = Result { try Tokenizer(json: JSONDocument(parsing: modelTokenizerBytes()).root) }
}
