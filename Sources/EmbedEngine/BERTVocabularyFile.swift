// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles

/// The `vocab.txt` of BERT's tokenizers, for models without a `tokenizer.json`: one token a line, its id the line's number.
///
/// Made into the `tokenizer.json` that Transformers' `BertTokenizer` makes of it and of `tokenizer_config.json`.
struct BERTVocabularyFile {
    static let name = "vocab.txt"
    private static let configFile = "tokenizer_config.json"
    /// Longest word that is split, as in Transformers.
    private static let maxScalarsPerWord = 100
    /// Largest vocabulary of BERT's kind has about 120,000 tokens of some bytes.
    private static let maxByteCount = 64 << 20

    /// Classes whose `vocab.txt` is BERT's; others use the name for other formats.
    private static let classes = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"]

    private let tokens: [String: Int]
    private let special: Special
    private let lowercases: Bool
    private let stripsAccents: Bool?
    private let spacesChineseCharacters: Bool

    /// The tokens that are no text.
    private struct Special {
        var unknown: String
        var classification: String
        var separator: String
        var padding: String
        var mask: String

        var all: [String] { [padding, unknown, classification, separator, mask] }
    }

    /// Reads the files in `directory`; `nil` when there is no `vocab.txt`.
    ///
    /// - Throws: ``ModelFileError`` when it is of another kind of tokenizer, or damaged.
    init?(in directory: ModelDirectory) throws(ModelFileError) {
        guard let text = try directory.text(Self.name, maxByteCount: Self.maxByteCount) else { return nil }
        let config = try directory.object(Self.configFile) ?? ConfigObject(empty: Self.configFile)
        try Self.check(config, in: directory)
        lowercases = try config.bool("do_lower_case", default: true)
        stripsAccents = config.contains("strip_accents") ? try config.bool("strip_accents") : nil
        spacesChineseCharacters = try config.bool("tokenize_chinese_chars", default: true)
        special = Special(
            unknown: try Self.token("unk_token", "[UNK]", config),
            classification: try Self.token("cls_token", "[CLS]", config),
            separator: try Self.token("sep_token", "[SEP]", config),
            padding: try Self.token("pad_token", "[PAD]", config),
            mask: try Self.token("mask_token", "[MASK]", config))
        tokens = Self.tokens(text)
        for token in [special.unknown, special.classification, special.separator] where tokens[token] == nil {
            throw .invalidKey(
                file: Self.name, key: "the tokens", found: "no \(token)", expected: "a line with this token")
        }
    }

    private static func check(_ config: ConfigObject, in directory: ModelDirectory) throws(ModelFileError) {
        let found = try config.string("tokenizer_class", default: classes[0])
        let name = found.hasSuffix("Fast") ? String(found.dropLast("Fast".count)) : found
        guard classes.contains(name) else {
            throw config.invalid(
                "tokenizer_class", found: found, expected: "\(classes.joined(separator: ", ")), or a tokenizer.json")
        }
        guard try config.bool("do_basic_tokenize", default: true) else {
            throw config.invalid("do_basic_tokenize", found: "false", expected: "true")
        }
        for file in ["added_tokens.json", "bpe.codes"] where directory.contains(file) {
            throw .invalidKey(
                file: file, key: "the whole file", found: "beside \(Self.name)", expected: "a tokenizer.json instead")
        }
    }

    /// A special token: a text, or an object that holds it.
    private static func token(
        _ key: String, _ fallback: String, _ config: ConfigObject
    ) throws(ModelFileError) -> String {
        guard let value = config.value.nonNull(key) else { return fallback }
        guard let token = value.string ?? (value.kind == .object ? value["content"]?.string : nil) else {
            throw config.invalid(key, found: value.kind.name, expected: "a string")
        }
        return token
    }

    /// A token that stands there twice has the later id, as in a Python dictionary.
    private static func tokens(_ text: String) -> [String: Int] {
        // By bytes: to Swift the end of a line on Windows is one character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        var tokens: [String: Int] = [:]
        tokens.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let token = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            tokens[String(decoding: token, as: UTF8.self)] = index
        }
        return tokens
    }

    /// The same as a `tokenizer.json`.
    var tokenizerJSON: [UInt8] {
        var json = JSONWriter(reservingCapacity: tokens.count * 20)
        json.object { json in
            json.member("version", "1.0")
            json.member("added_tokens") { json in
                json.array { json in
                    for token in special.all {
                        if let id = tokens[token] { json.addedToken(token, id: id) }
                    }
                }
            }
            json.member("normalizer") { json in
                json.object { json in
                    json.member("type", "BertNormalizer")
                    json.member("clean_text", true)
                    json.member("handle_chinese_chars", spacesChineseCharacters)
                    json.member("strip_accents") { json in
                        if let stripsAccents { json.bool(stripsAccents) } else { json.null() }
                    }
                    json.member("lowercase", lowercases)
                }
            }
            json.member("pre_tokenizer") { $0.object { $0.member("type", "BertPreTokenizer") } }
            json.member("post_processor") { json in
                json.object { json in
                    json.member("type", "BertProcessing")
                    json.member("sep") { $0.pair(special.separator, tokens[special.separator] ?? 0) }
                    json.member("cls") { $0.pair(special.classification, tokens[special.classification] ?? 0) }
                }
            }
            json.member("model") { json in
                json.object { json in
                    json.member("type", "WordPiece")
                    json.member("unk_token", special.unknown)
                    json.member("continuing_subword_prefix", "##")
                    json.member("max_input_chars_per_word", Self.maxScalarsPerWord)
                    json.member("vocab") { json in
                        json.object { json in
                            for (token, id) in tokens { json.member(token, id) }
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func addedToken(_ token: String, id: Int) {
        object { json in
            json.member("id", id)
            json.member("content", token)
            for key in ["single_word", "lstrip", "rstrip", "normalized"] { json.member(key, false) }
            json.member("special", true)
        }
    }

    fileprivate mutating func pair(_ token: String, _ id: Int) {
        array { json in
            json.string(token)
            json.int(id)
        }
    }
}
