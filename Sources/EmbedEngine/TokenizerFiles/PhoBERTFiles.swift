// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// PhoBERT's `vocab.txt` and `bpe.codes`: a token with a count a line, and a pair that merges with a count a line.
///
/// Follows `PhobertTokenizer` in Transformers' tokenization_phobert.py, a tokenizer in Python.
enum PhoBERTFiles {
    static let format = TokenizerFormat(classes: ["PhobertTokenizer"], file: { _ in vocabularyFile }) {
        directory, _, config in try tokenizer(in: directory, config)
    }

    private static let vocabularyFile = "vocab.txt"
    private static let mergesFile = "bpe.codes"
    /// The published ones have one MB.
    private static let maxByteCount = 64 << 20

    private static func tokenizer(in directory: ModelDirectory, _ config: TokenizerConfig) throws -> Tokenizer {
        let bos = try config.requiredToken("bos_token", default: "<s>")
        let pad = try config.requiredToken("pad_token", default: "<pad>")
        let eos = try config.requiredToken("eos_token", default: "</s>")
        let unknown = try config.requiredToken("unk_token", default: "<unk>")
        let cls = try config.requiredToken("cls_token", default: "<s>")
        let sep = try config.requiredToken("sep_token", default: "</s>")
        let ids = try ids(in: directory, first: [bos, pad, eos, unknown])
        var json = TokenizerJSON(file: vocabularyFile, vocabularyCount: ids.count) { ids[$0[...]] }
        try json.addTokens(
            config, named: [bos, eos, unknown, sep, pad, cls, config.token("mask_token", default: "<mask>")])
        for token in json.tokens where token.isSingleWord {
            throw config.settings.invalid(
                "the added tokens", found: "\(token.string) with single_word", expected: "tokens without it")
        }
        let single: [TokenizerJSON.TemplatePiece] = [.token(cls, type: 0), .first, .token(sep, type: 0)]
        try json.setTemplate(
            single: single, pair: single + [.token(sep, type: 0), .second(type: 0), .token(sep, type: 0)])
        let parts = PhoBERTParts(
            tokens: ids.map { ($0.key, $0.value) }, merges: try merges(in: directory), unknownToken: unknown.content)
        return try json.tokenizer(parts: .phoBERT(parts))
    }

    /// The tokens' ids: the special ones first, then the lines'.
    private static func ids(
        in directory: ModelDirectory, first: [SpecialToken]
    ) throws(ModelFileError) -> [ArraySlice<UInt8>: Int] {
        var ids: [ArraySlice<UInt8>: Int] = [:]
        for (id, token) in first.enumerated() { ids[token.content[...]] = id }
        let text = try directory.text(vocabularyFile, maxByteCount: maxByteCount) ?? ""
        for (index, line) in Lines.split(Array(text.utf8)).enumerated() {
            let line = trim(line)
            guard let space = line.lastIndex(of: UInt8(ascii: " ")) else {
                throw .invalidKey(
                    file: vocabularyFile, key: "line \(index + 1)",
                    found: String(decoding: line.prefix(40), as: UTF8.self), expected: "a token, a space and its count")
            }
            // A token that stands there twice takes the number of tokens so far, as the reference has it.
            ids[line[..<space]] = ids.count
        }
        return ids
    }

    /// The pairs that merge; a later line with an equal pair holds.
    private static func merges(
        in directory: ModelDirectory
    ) throws(ModelFileError) -> [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] {
        guard let text = try directory.text(mergesFile, maxByteCount: maxByteCount) else {
            throw .missingFile(mergesFile, hint: "PhobertTokenizer expects it beside \(vocabularyFile)")
        }
        var merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] = []
        // What follows the last end of line is not read.
        for line in Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            let fields = line.split { isSpace($0) }
            guard fields.count == 3 else {
                throw .invalidKey(
                    file: mergesFile, key: "line \(merges.count + 1)",
                    found: String(decoding: line.prefix(40), as: UTF8.self), expected: "two symbols and their count")
            }
            merges.append((fields[0], fields[1]))
        }
        return merges
    }

    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = line.firstIndex(where: { !isSpace($0) }), let last = line.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return line[first...last]
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || 0x09...0x0D ~= byte || 0x1C...0x1F ~= byte
    }
}
