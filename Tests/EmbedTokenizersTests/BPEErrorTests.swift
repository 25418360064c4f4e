// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// What a file with a BPE model can't ask for, refused by the key's name.
@Suite struct BPEErrorTests {
    private func tokenizer(_ model: String, _ others: String = "") throws -> Tokenizer {
        try Tokenizer(json: JSONDocument(parsing: Array("{\"model\":{\(model)}\(others)}".utf8)).root)
    }

    private func refusal(_ body: () throws -> Tokenizer) -> String {
        do {
            _ = try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private static let vocabulary = "\"vocab\":{\"a\":0,\"b\":1,\"ab\":2,\"u\":3}"

    @Test(arguments: [
        "\"type\":\"BPE\",\(vocabulary),\"merges\":[\"a b\"]",
        "\"type\":\"BPE\",\(vocabulary),\"merges\":[[\"a\",\"b\"]]",
        "\"dropout\":0.0,\(vocabulary),\"merges\":[\"#version: 0.2\",\"a b\"]",
        "\"type\":\"BPE\",\(vocabulary),\"merges\":[\"a b\"],\"dropout\":null,\"unk_token\":null,\"fuse_unk\":null,"
            + "\"byte_fallback\":false,\"ignore_merges\":true,\"continuing_subword_prefix\":\"\","
            + "\"end_of_word_suffix\":null",
    ])
    func readsBothSpellingsOfMerges(model: String) throws {
        #expect(try tokenizer(model).encode("abab").ids == [2, 2])
    }

    @Test(arguments: [
        ("\"merges\":[]", "model.vocab is missing"), ("\(vocabulary)", "model.merges is missing"),
        ("\(vocabulary),\"merges\":{}", "model.merges is an object; expected an array"),
        ("\(vocabulary),\"merges\":[\"a b\",\"a\"]", "model.merges[1] is \"a\"; expected a pair of tokens"),
        ("\(vocabulary),\"merges\":[\"a b b\"]", "model.merges[0] is \"a b b\"; expected a pair of tokens"),
        ("\(vocabulary),\"merges\":[[\"a\"]]", "model.merges[0] is [\"a\"]; expected a pair of tokens"),
        ("\(vocabulary),\"merges\":[[\"a\",1]]", "model.merges[0] is [\"a\",1]; expected a pair of tokens"),
        ("\(vocabulary),\"merges\":[7]", "model.merges[0] is 7; expected a pair of tokens"),
        ("\(vocabulary),\"merges\":[\"c b\"]", "model.merges[0] needs c, which is not in the vocabulary"),
        ("\(vocabulary),\"merges\":[\"a c\"]", "model.merges[0] needs c, which is not in the vocabulary"),
        ("\(vocabulary),\"merges\":[\"b a\"]", "model.merges[0] needs ba, which is not in the vocabulary"),
        ("\(vocabulary),\"merges\":[],\"dropout\":0.1", "model.dropout is 0.1; supported: null, 0"),
        ("\(vocabulary),\"merges\":[],\"dropout\":\"no\"", "model.dropout is no; supported: null, 0"),
        (
            "\(vocabulary),\"merges\":[],\"continuing_subword_prefix\":\"##\"",
            "model.continuing_subword_prefix is ##; supported: null, \"\""
        ),
        (
            "\(vocabulary),\"merges\":[],\"end_of_word_suffix\":\"</w>\"",
            "model.end_of_word_suffix is </w>; supported: null, \"\""
        ),
        ("\(vocabulary),\"merges\":[],\"unk_token\":\"x\"", "model.unk_token is x, which is not in the vocabulary"),
        ("\(vocabulary),\"merges\":[],\"fuse_unk\":1", "model.fuse_unk is a number; expected a boolean"),
        ("\(vocabulary),\"merges\":[],\"byte_fallback\":\"\"", "model.byte_fallback is a string; expected a boolean"),
        ("\(vocabulary),\"merges\":[],\"ignore_merges\":[]", "model.ignore_merges is an array; expected a boolean"),
    ])
    func refusesAModelByName(model: String, message: String) {
        #expect(refusal { try tokenizer("\"type\":\"BPE\",\(model)") } == "tokenizer.json: \(message)")
    }

    private static let byteLevel = "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true}"
    private static let template =
        "{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"a\"}}],"
        + "\"special_tokens\":{\"a\":{\"ids\":[0]}}}"

    private static func split(_ pattern: String, _ behavior: String = "Isolated", _ invert: String = "false") -> String
    {
        "{\"type\":\"Split\",\"pattern\":\(pattern),\"behavior\":\"\(behavior)\",\"invert\":\(invert)}"
    }

    @Test(arguments: [
        ("pre_tokenizer", byteLevel, "model.vocab.Ā is missing"),
        ("pre_tokenizer", "{\"type\":\"ByteLevel\"}", "pre_tokenizer.add_prefix_space is missing"),
        (
            "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[\(byteLevel),{\"type\":\"BertPreTokenizer\"}]}",
            "pre_tokenizer.pretokenizers[0] is byte-level; supported: at the end"
        ),
        (
            "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"BertPreTokenizer\"},\(byteLevel)]}",
            "pre_tokenizer.pretokenizers[1] adds a prefix space; supported: at the beginning"
        ),
        (
            "pre_tokenizer", split("{\"String\":\" \"}", "Joined"),
            "pre_tokenizer.behavior is Joined; supported: Removed, Isolated, MergedWithPrevious, MergedWithNext, "
                + "Contiguous"
        ),
        ("pre_tokenizer", split("{\"String\":\"\"}"), "pre_tokenizer.pattern.String has 0 bytes; expected 1 to 64"),
        ("pre_tokenizer", split("\" \""), "pre_tokenizer.pattern is a string; expected an object"),
        ("pre_tokenizer", split("{}"), "pre_tokenizer.pattern is an object; supported: String"),
        (
            "pre_tokenizer", split("{\"String\":\" \"}", "Isolated", "0"),
            "pre_tokenizer.invert is a number; expected a boolean"
        ),
        ("pre_tokenizer", "{\"type\":\"Digits\"}", "pre_tokenizer.individual_digits is missing"),
        (
            "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" +\"},\"content\":\"\"}",
            #"normalizer.pattern.Regex is  +; supported:  {2,}, \s+, "#
                + ##"[!"\#\$%\&'\(\)\*\+,\-\./:;<=>\?@\[\\\]\^_`\{\|\}\~], [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"##
        ),
        ("normalizer", "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"}}", "normalizer.content is missing"),
        ("normalizer", "{\"type\":\"Prepend\"}", "normalizer.prepend is missing"),
        (
            "post_processor", "{\"type\":\"RobertaProcessing\",\"sep\":[\"a\",0],\"cls\":[\"b\",1]}",
            "post_processor.add_prefix_space is missing"
        ),
        ("post_processor", "{\"type\":\"Sequence\"}", "post_processor.processors is missing"),
        (
            "post_processor", "{\"type\":\"Sequence\",\"processors\":[\(template),\(template)]}",
            "post_processor.processors[1] is a frame around a template; supported: at the end"
        ),
    ])
    func refusesOtherStagesByName(key: String, value: String, message: String) {
        let found = refusal {
            try tokenizer("\"type\":\"BPE\",\(Self.vocabulary),\"merges\":[]", ",\"\(key)\":\(value)")
        }
        #expect(found == "tokenizer.json: \(message)")
    }

    /// A pattern that is not known is shown, and so are those that are.
    @Test func refusesAnUnknownPattern() {
        let found = refusal {
            try tokenizer(
                "\"type\":\"BPE\",\(Self.vocabulary),\"merges\":[]",
                ",\"pre_tokenizer\":\(Self.split("{\"Regex\":\"(a+)+$\"}"))")
        }
        #expect(found.hasPrefix("tokenizer.json: pre_tokenizer.pattern.Regex is (a+)+$; supported: 's|'t|'re"))
    }

    @Test func refusesBytesForOtherModels() {
        let found = refusal {
            try tokenizer(
                "\"type\":\"WordLevel\",\(Self.vocabulary),\"unk_token\":\"u\"", ",\"pre_tokenizer\":\(Self.byteLevel)")
        }
        #expect(found == "tokenizer.json: model.type is WordLevel; supported: BPE")
    }

    @Test(arguments: [
        ("\(vocabulary)", "model.unk_token is missing"), ("\"unk_token\":\"u\"", "model.vocab is missing"),
        ("\(vocabulary),\"unk_token\":\"x\"", "model.unk_token is x, which is not in the vocabulary"),
    ])
    func refusesAWordLevelModelByName(model: String, message: String) {
        #expect(refusal { try tokenizer("\"type\":\"WordLevel\",\(model)") } == "tokenizer.json: \(message)")
    }
}
