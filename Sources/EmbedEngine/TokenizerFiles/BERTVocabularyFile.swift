// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// The `vocab.txt` of BERT's tokenizers: one token a line, its id the line's number.
///
/// Follows Transformers' `BertTokenizer` and `MPNetTokenizer`, which differ in their special tokens.
struct BERTVocabularyFile {
    static let name = "vocab.txt"
    static let format = TokenizerFormat(
        classes: ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MPNetTokenizer"], file: { _ in name }
    ) { directory, className, config in
        try BERTVocabularyFile(in: directory).tokenizer(isMPNet: className == "MPNetTokenizer", config)
    }

    /// Longest word that is split, as in Transformers.
    private static let maxScalarsPerWord = 100
    /// Largest vocabulary of BERT's kind has about 500,000 tokens of some bytes.
    private static let maxByteCount = 64 << 20

    /// By their bytes: to Swift's strings an accent is the same in one scalar and in two.
    private let ids: [ArraySlice<UInt8>: Int]

    private init(in directory: ModelDirectory) throws(ModelFileError) {
        let text = try directory.text(Self.name, maxByteCount: Self.maxByteCount) ?? ""
        var ids: [ArraySlice<UInt8>: Int] = [:]
        // A token that stands there twice has the later id, as in a Python dictionary.
        for (index, line) in Lines.split(Array(text.utf8)).enumerated() { ids[line] = index }
        self.ids = ids
    }

    private func tokenizer(isMPNet: Bool, _ config: TokenizerConfig) throws -> Tokenizer {
        let settings = config.settings
        guard try settings.bool("do_basic_tokenize", default: true) else {
            throw settings.invalid("do_basic_tokenize", found: "false", expected: "true")
        }
        let unknown = try config.requiredToken("unk_token", default: "[UNK]")
        let cls = try config.requiredToken("cls_token", default: isMPNet ? "<s>" : "[CLS]")
        let sep = try config.requiredToken("sep_token", default: isMPNet ? "</s>" : "[SEP]")
        for token in [unknown, cls, sep] where ids[token.content[...]] == nil {
            throw ModelFileError.invalidKey(
                file: Self.name, key: "the tokens", found: "no \(token.string)", expected: "a line with this token")
        }
        var mask = try config.token("mask_token", default: isMPNet ? "<mask>" : "[MASK]")
        if isMPNet, mask?.isPlain == true { mask?.stripsLeft = true }
        let ids = ids
        var json = TokenizerJSON(file: Self.name, vocabularyCount: ids.count) { ids[$0[...]] }
        try json.addTokens(
            config,
            named: [
                config.token("bos_token", default: isMPNet ? "<s>" : nil),
                config.token("eos_token", default: isMPNet ? "</s>" : nil), unknown, sep,
                config.token("pad_token", default: isMPNet ? "<pad>" : "[PAD]"), cls, mask,
            ])
        json.normalizer = try Self.normalizer(settings)
        json.preTokenizer = { $0.type("BertPreTokenizer") }
        if isMPNet {
            try json.setRoberta(cls: cls, sep: sep, trimsOffsets: true, addsPrefixSpace: false)
        } else {
            let single: [TokenizerJSON.TemplatePiece] = [.token(cls, type: 0), .first, .token(sep, type: 0)]
            try json.setTemplate(single: single, pair: single + [.second(type: 1), .token(sep, type: 1)])
        }
        json.model = { json in
            json.object { json in
                json.member("type", "WordPiece")
                json.member("unk_token", unknown.string)
                json.member("continuing_subword_prefix", "##")
                json.member("max_input_chars_per_word", Self.maxScalarsPerWord)
                json.member("vocab") { json in
                    json.object { json in
                        for (token, id) in ids { json.member(String(decoding: token, as: UTF8.self), id) }
                    }
                }
            }
        }
        return try json.tokenizer()
    }

    private static func normalizer(_ settings: ConfigObject) throws(ModelFileError) -> TokenizerJSON.Part {
        let lowercases = try settings.bool("do_lower_case", default: true)
        let stripsAccents = settings.contains("strip_accents") ? try settings.bool("strip_accents") : nil
        let spacesChineseCharacters = try settings.bool("tokenize_chinese_chars", default: true)
        return { json in
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
    }
}
