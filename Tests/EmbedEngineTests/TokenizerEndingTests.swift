// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import EmbedTokenizers
import Testing

/// Who decides whether a text's end is appended; see the fixtures `qwen2-bidirectional` and `llama`.
@Suite struct TokenizerEndingTests {
    private static let code = #""auto_map": {"AutoTokenizer": ["x.Slow", "tokenization_qwen.Qwen2TokenizerFast"]}"#

    @Test(arguments: [
        (#"{"add_eos_token": true, "eos_token": "<|endoftext|>", \#(code)}"#, [340]),
        (#"{"add_eos_token": true, "eos_token": {"content": "<|endoftext|>"}, \#(code)}"#, [340]),
        (#"{"add_eos_token": false, "eos_token": "<|endoftext|>", \#(code)}"#, []),
        (#"{"eos_token": "<|endoftext|>", \#(code)}"#, []),
        (#"{"add_eos_token": true, "eos_token": "<|endoftext|>"}"#, []),
        (#"{"add_eos_token": true, "eos_token": "<|endoftext|>", "auto_map": {"AutoTokenizer": [null, "a.B"]}}"#, []),
    ])
    func appendsTheEndForCodeThatDoesSo(config: String, ids: [Int32]) throws {
        let tokenizer = try tokenizer("qwen2-bidirectional", config)
        #expect(tokenizer.suffixIDs == ids)
        #expect(tokenizer.encode("a", maxTokens: 8).ids.suffix(ids.count) == ids[...])
    }

    /// A template that has special tokens already stays as it is.
    @Test func leavesATemplateAlone() throws {
        let config = #"{"add_eos_token": true, "eos_token": "</s>", \#(Self.code)}"#
        #expect(try tokenizer("llama", config).suffixIDs == [])
        #expect(try tokenizer("llama", config).prefixIDs == [1])
    }

    @Test(arguments: [#""<end>""#, "null", "7"])
    func refusesAnUnknownEnd(token: String) throws {
        let error = #expect(throws: ModelFileError.self) {
            try tokenizer("qwen2-bidirectional", #"{"add_eos_token": true, "eos_token": \#(token), \#(Self.code)}"#)
        }
        #expect(error?.description.contains("tokenizer_config.json: eos_token is") == true)
    }

    private func tokenizer(_ model: String, _ config: String) throws -> Tokenizer {
        let directory = try TemporaryDirectory()
        try directory.write(Fixtures.bytes("Models/\(model)/tokenizer.json"), to: "tokenizer.json")
        try directory.write(config, to: "tokenizer_config.json")
        return try Tokenizer.load(from: ModelDirectory(path: directory.path))
    }
}
