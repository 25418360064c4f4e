// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import EmbedTokenizers
import Testing

@testable import EmbedEngine

/// Tokenizers without a tokenizer.json, against Transformers; see Tests/Fixtures/README.md.
@Suite struct BERTVocabularyFileTests {
    @Test(arguments: ["lower", "cased"])
    func givesTheReferencesTokens(folder: String) throws {
        let directory = try ModelDirectory(path: Fixtures.path("Vocabularies/\(folder)"))
        let tokenizer = try Tokenizer.load(from: directory)
        let expected = try JSONDocument(parsing: Fixtures.bytes("Vocabularies/\(folder)/expected.json")).root
        let texts = try #require(expected["texts"]?.elements).map { $0.string ?? "" }
        let ids = try #require(expected["token_ids"]?.elements).map { $0.elements?.compactMap(\.int) ?? [] }
        #expect(texts.count == 18)
        for (text, ids) in zip(texts, ids) { #expect(tokenizer.encode(text).ids.map(Int.init) == ids, "\(text)") }
    }

    @Test(arguments: [
        ("tokenizer_config.json", #"{"tokenizer_class":"PhobertTokenizer"}"#, "vocab.txt: line 1 is [PAD]"),
        ("tokenizer_config.json", #"{"tokenizer_class":"FunnelTokenizer"}"#, "tokenizer_class is FunnelTokenizer"),
        ("tokenizer_config.json", #"{"do_basic_tokenize":false}"#, "do_basic_tokenize is false"),
        ("tokenizer_config.json", #"{"cls_token":7}"#, "cls_token is a number"),
        ("tokenizer_config.json", #"{"cls_token":null}"#, "cls_token is null"),
        ("tokenizer_config.json", #"{"cls_token":"<s>"}"#, "no <s>"),
        ("added_tokens.json", #"{"new":7}"#, "the added tokens is new with id 7"),
        ("added_tokens.json", #"{"new":"x"}"#, "added_tokens.json: new is x"),
    ])
    func refusesOtherTokenizersByName(file: String, content: String, reason: String) throws {
        let folder = try TemporaryDirectory()
        try folder.write(try Fixtures.bytes("Vocabularies/lower/vocab.txt"), to: "vocab.txt")
        try folder.write(content, to: file)
        let directory = try ModelDirectory(path: folder.path)
        let error = #expect(throws: ModelFileError.self) { try Tokenizer.load(from: directory) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test func saysWhatItLookedFor() throws {
        let folder = try TemporaryDirectory()
        let directory = try ModelDirectory(path: folder.path)
        let error = #expect(throws: ModelFileError.self) { try Tokenizer.load(from: directory) }
        #expect(error?.description.contains("tokenizer.json is missing") == true)
        #expect(error?.description.contains("vocab.txt") == true)
    }
}
