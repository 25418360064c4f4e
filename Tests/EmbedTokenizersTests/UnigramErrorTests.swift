// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// A file with a Unigram model that can't be used exactly is refused, naming the key.
@Suite struct UnigramErrorTests {
    private static func model(vocabulary: String = "[[\"<unk>\",0],[\"a\",-1.5]]", rest: String = ",\"unk_id\":0")
        -> String
    {
        "{\"type\":\"Unigram\",\"vocab\":\(vocabulary)\(rest)}"
    }

    private func tokenizer(_ key: String, _ value: String) throws -> Tokenizer {
        let model = key == "model" ? value : Self.model()
        let other = key == "model" ? "" : "\"\(key)\":\(value),"
        return try Tokenizer(json: JSONDocument(parsing: Array("{\(other)\"model\":\(model)}".utf8)).root)
    }

    @Test(arguments: [
        ("model", model(vocabulary: "{}"), "model.vocab is an object; expected an array"),
        ("model", model(rest: ""), "model.unk_id is missing"),
        ("model", model(rest: ",\"unk_id\":null"), "model.unk_id is null; expected a number"),
        ("model", model(rest: ",\"unk_id\":2"), "model.unk_id is 2; expected a whole number from 0 to 1"),
        ("model", model(vocabulary: "[]"), "model.unk_id is 0, but model.vocab is empty"),
        (
            "model", model(rest: ",\"unk_id\":0,\"byte_fallback\":1"),
            "model.byte_fallback is a number; expected a boolean"
        ),
        ("model", model(vocabulary: "[[\"a\",0],[\"b\"]]"), "model.vocab[1] is not a pair of a string and a number"),
        ("model", model(vocabulary: "[[\"a\",0,1]]"), "model.vocab[0] is not a pair of a string and a number"),
        ("model", model(vocabulary: "[[0,\"a\"]]"), "model.vocab[0] is not a pair of a string and a number"),
        ("model", model(vocabulary: "[7]"), "model.vocab[0] is not a pair of a string and a number"),
        ("model", model(vocabulary: "[[\"a\",1e309]]"), "model.vocab[0] has the score 1e309, which is too large"),
        (
            "model", model(vocabulary: "[[\"a\",-1e99999999999]]"),
            "model.vocab[0] has the score -1e99999999999, which is too large"
        ),
        ("normalizer", "{\"type\":\"Precompiled\"}", "normalizer.precompiled_charsmap is missing"),
        (
            "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAA\"}",
            "normalizer.precompiled_charsmap is not base64"
        ),
        (
            "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"CAAAAA==\"}",
            "normalizer.precompiled_charsmap has 4 bytes, too few for the trie it announces"
        ),
        (
            "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAAD/\"}",
            "normalizer.precompiled_charsmap has replacements that are not UTF-8"
        ),
        (
            "normalizer", "{\"type\":\"Replace\",\"pattern\":{},\"content\":\"\"}",
            "normalizer.pattern is an object; supported: String"
        ),
        ("normalizer", "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"}}", "normalizer.content is missing"),
        (
            "normalizer",
            "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAABh\(String(repeating: "YWFh", count: 400))\"}",
            "normalizer.precompiled_charsmap has a replacement of more than 1024 bytes"
        ),
        (
            "normalizer",
            "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"\(String(repeating: "a", count: 1025))\"}",
            "normalizer.content has 1025 bytes; at most 1024 are supported"
        ),
        ("normalizer", "{\"type\":\"Prepend\"}", "normalizer.prepend is missing"),
        ("normalizer", "{\"type\":\"Strip\",\"strip_left\":true}", "normalizer.strip_right is missing"),
        ("pre_tokenizer", "{\"type\":\"Metaspace\"}", "pre_tokenizer.replacement is missing"),
        (
            "pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"ab\"}",
            "pre_tokenizer.replacement is not one character"
        ),
        (
            "pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"last\"}",
            "pre_tokenizer.prepend_scheme is last; supported: always, first, never"
        ),
        (
            "pre_tokenizer",
            "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"add_prefix_space\":false,\"prepend_scheme\":\"first\"}",
            "pre_tokenizer.add_prefix_space is false, but pre_tokenizer.prepend_scheme is first"
        ),
        (
            "pre_tokenizer",
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Metaspace\",\"replacement\":\"_\"},"
                + "{\"type\":\"WhitespaceSplit\"}]}",
            "pre_tokenizer.pretokenizers[1] stands after Metaspace, which must be the last"
        ),
    ])
    func refusesByNameWhatItCannotUse(key: String, value: String, message: String) {
        do {
            _ = try tokenizer(key, value)
            Issue.record("accepted")
        } catch {
            #expect("\(error)" == "tokenizer.json: \(message)")
        }
    }
}
