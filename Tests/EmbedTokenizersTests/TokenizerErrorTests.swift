// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// A file that can't be used exactly is refused, naming the key, what stands there and what is supported.
@Suite struct TokenizerErrorTests {
    private static let token =
        "{\"id\":0,\"content\":\"x\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
        + "\"special\":true}"

    private static let parts = [
        "version": "\"1.0\"", "added_tokens": "[\(token)]",
        "normalizer": "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
            + "\"strip_accents\":null,\"lowercase\":true}",
        "pre_tokenizer": "{\"type\":\"BertPreTokenizer\"}",
        "post_processor": "{\"type\":\"BertProcessing\",\"sep\":[\"b\",1],\"cls\":[\"a\",0]}",
        "model": model(),
    ]

    private static func model(
        type: String = "\"WordPiece\"", unknown: String = "\"u\"", prefix: String = "\"##\"", longest: String = "100",
        vocabulary: String = "{\"a\":0,\"b\":1,\"u\":2}"
    ) -> String {
        "{\"type\":\(type),\"unk_token\":\(unknown),\"continuing_subword_prefix\":\(prefix),"
            + "\"max_input_chars_per_word\":\(longest),\"vocab\":\(vocabulary)}"
    }

    private static func template(_ single: String, _ special: String = "{\"[S]\":{\"ids\":[1]}}") -> String {
        "{\"type\":\"TemplateProcessing\",\"single\":\(single),\"special_tokens\":\(special)}"
    }

    private func tokenizer(replacing key: String? = nil, by value: String? = nil) throws -> Tokenizer {
        var parts = Self.parts
        if let key { parts[key] = value }
        let text = "{" + parts.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
        return try Tokenizer(json: JSONDocument(parsing: Array(text.utf8)).root)
    }

    @Test func readsTheFileTheOthersAreMadeFrom() throws {
        #expect(try tokenizer().encode("a").ids == [0, 0, 1])
    }

    @Test(arguments: ["version", "added_tokens", "normalizer", "pre_tokenizer", "post_processor"])
    func doesWithoutWhatIsOptional(key: String) throws {
        #expect(try tokenizer(replacing: key, by: nil).vocabularySize > 0)
        #expect(try tokenizer(replacing: key, by: "null").vocabularySize > 0)
    }

    @Test(arguments: [
        ("version", "\"2.0\"", "version is 2.0; supported: 1.0"),
        ("version", "1", "version is a number; expected a string"),
        ("normalizer", "[]", "normalizer is an array; expected an object"),
        ("normalizer", "{}", "normalizer.type is missing"),
        (
            "normalizer", "{\"type\":\"Reverse\"}",
            "normalizer.type is Reverse; supported: BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, "
                + "Prepend, Replace, Sequence, Strip, StripAccents"
        ),
        ("normalizer", "{\"type\":7}", "normalizer.type is a number; expected a string"),
        ("normalizer", "{\"type\":\"BertNormalizer\",\"lowercase\":true}", "normalizer.clean_text is missing"),
        (
            "normalizer", "{\"type\":\"BertNormalizer\",\"lowercase\":\"yes\"}",
            "normalizer.lowercase is a string; expected a boolean"
        ),
        (
            "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Strip\"}]}",
            "normalizer.normalizers[0].strip_left is missing"
        ),
        ("normalizer", "{\"type\":\"Sequence\"}", "normalizer.normalizers is missing"),
        (
            "pre_tokenizer", "{\"type\":\"Reverse\"}",
            "pre_tokenizer.type is Reverse; supported: BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, "
                + "FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit"
        ),
        (
            "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":7}",
            "pre_tokenizer.pretokenizers is a number; expected an array"
        ),
        ("model", nil, "model is missing"), ("model", "{}", "model.type is missing"),
        ("model", model(type: "\"Reverse\""), "model.type is Reverse; supported: BPE, Unigram, WordLevel, WordPiece"),
        ("model", model(unknown: "\"v\""), "model.unk_token is v, which is not in the vocabulary"),
        ("model", model(unknown: "null"), "model.unk_token is null; expected a string"),
        ("model", model(prefix: "1"), "model.continuing_subword_prefix is a number; expected a string"),
        (
            "model", model(longest: "-1"),
            "model.max_input_chars_per_word is -1; expected a whole number from 0 to 2147483647"
        ),
        ("model", model(vocabulary: "[]"), "model.vocab is an array; expected an object"),
        (
            "model", model(vocabulary: "{\"u\":-1}"), "model.vocab.u is -1; expected a whole number from 0 to 4194303"
        ),
        (
            "model", model(vocabulary: "{\"u\":4194304}"),
            "model.vocab.u is 4194304; expected a whole number from 0 to 4194303"
        ),
        (
            "model", model(vocabulary: "{\"u\":\"0\"}"),
            "model.vocab.u is a string; expected a whole number from 0 to 4194303"
        ),
        (
            "post_processor", "{\"type\":\"Reverse\"}",
            "post_processor.type is Reverse; supported: BertProcessing, ByteLevel, RobertaProcessing, Sequence, "
                + "TemplateProcessing"
        ),
        ("post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\",0]}", "post_processor.sep is missing"),
        (
            "post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\"],\"sep\":[\"a\",0]}",
            "post_processor.cls has 1 elements; expected a token and its id"
        ),
        (
            "post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"a\",9],\"sep\":[\"a\",0]}",
            "post_processor puts the id 9, but the highest id is 3"
        ),
        ("post_processor", template("[]"), "post_processor.single does not hold the text, Sequence A"),
        (
            "post_processor", template("[{\"Sequence\":{\"id\":\"A\"}},{\"Sequence\":{\"id\":\"A\"}}]"),
            "post_processor.single holds the text twice"
        ),
        (
            "post_processor", template("[{\"Sequence\":{\"id\":\"B\"}}]"),
            "post_processor.single[0].Sequence.id is B; supported: A"
        ),
        (
            "post_processor", template("[{\"SpecialToken\":{\"id\":\"[T]\"}},{\"Sequence\":{\"id\":\"A\"}}]"),
            "post_processor.special_tokens.[T] is missing"
        ),
        ("post_processor", template("[{}]"), "post_processor.single[0].SpecialToken is missing"),
        ("post_processor", template("[7]"), "post_processor.single[0] is a number; expected an object"),
        ("added_tokens", "{}", "added_tokens is an object; expected an array"),
        ("added_tokens", "[{}]", "added_tokens[0].content is missing"),
        (
            "added_tokens", "[\(token.replacing("\"lstrip\":false", with: "\"lstrip\":0"))]",
            "added_tokens[0].lstrip is a number; expected a boolean"
        ),
        (
            "added_tokens",
            "[\(token.replacing("\"normalized\":false", with: "\"normalized\":true").replacing("\"x\"", with: "\"\\u0301\""))]",
            "added_tokens holds \"\u{301}\", of which the normalizer leaves nothing"
        ),
    ])
    func refusesByNameWhatItCannotUse(key: String, value: String?, message: String) {
        do {
            _ = try tokenizer(replacing: key, by: value)
            Issue.record("accepted")
        } catch {
            #expect("\(error)" == "tokenizer.json: \(message)")
        }
    }

    @Test(arguments: ["null", "[]", "\"x\"", "7"])
    func refusesAFileThatIsNoObject(text: String) {
        #expect(throws: TokenizerError.self) {
            try Tokenizer(json: JSONDocument(parsing: Array(text.utf8)).root)
        }
    }
}

extension String {
    fileprivate func replacing(_ text: String, with replacement: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return self[..<range.lowerBound] + replacement + self[range.upperBound...]
    }
}
