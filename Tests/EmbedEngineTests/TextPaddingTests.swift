// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTestSupport
import EmbedTokenizers
import Testing

@testable import EmbedEngine

/// SigLIP's and SigLIP2's files, with the tokenizer of Tests/Fixtures/Tokenizers/BPE/siglip2.json.
@Suite struct TextPaddingTests {
    private static func folder(config: String, settings: String? = nil) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.write(try Fixtures.bytes("Tokenizers/BPE/siglip2.json"), to: "tokenizer.json")
        try folder.write(config, to: "config.json")
        if let settings { try folder.write(settings, to: "tokenizer_config.json") }
        return folder
    }

    private static func padding(config: String, settings: String? = nil) throws -> TextPadding? {
        let folder = try folder(config: config, settings: settings)
        let directory = try ModelDirectory(path: folder.path)
        return try TextPadding(in: directory, Tokenizer.load(from: directory))
    }

    @Test func `SigLIP's texts are filled up behind with the end of a text, to 64 tokens`() throws {
        let padding = try #require(
            try Self.padding(
                config: #"{"model_type": "siglip", "text_config": {}}"#,
                settings: #"{"tokenizer_class": "SiglipTokenizer"}"#))
        #expect(padding.length == 64)
        #expect(padding.side == .right)
        #expect(padding.pad([5, 6]) == [5, 6] + [Int32](repeating: 2, count: 62))
        let full = [Int32](repeating: 7, count: 64)
        #expect(padding.pad(full) == full)
    }

    @Test func `SigLIP2's files say side, token and length`() throws {
        let config = #"{"model_type": "siglip2", "text_config": {"max_position_embeddings": 16}}"#
        let padding = try #require(
            try Self.padding(config: config, settings: #"{"pad_token": "<s>", "padding_side": "right"}"#))
        #expect(padding.length == 16)
        #expect(padding.id == 1)
        #expect(padding.side == .right)
        let shorter = try #require(
            try Self.padding(config: config, settings: #"{"pad_token": {"content": "<s>"}, "model_max_length": 4}"#))
        #expect(shorter.pad([9]) == [1, 1, 1, 9])
    }

    @Test func `A tokenizer without a length of its own has the model's`() throws {
        let padding = try Self.padding(
            config: #"{"model_type": "siglip_text_model", "max_position_embeddings": 32}"#,
            settings: #"{"model_max_length": 1000000000000000019884624838656, "pad_token": "<s>"}"#)
        #expect(padding?.length == 32)
    }

    @Test func `Other models' texts keep their lengths`() throws {
        #expect(try Self.padding(config: #"{"model_type": "clip"}"#) == nil)
    }

    @Test func `A padding token that is no token is refused`() throws {
        let error = #expect(throws: ModelFileError.self) {
            try Self.padding(config: #"{"model_type": "siglip"}"#, settings: #"{"pad_token": "<none>"}"#)
        }
        #expect(error?.description.contains("pad_token is <none>") == true)
    }

    @Test func `SigLIP2 lowercases whatever its tokenizer says`() throws {
        var json = String(decoding: try Fixtures.bytes("Tokenizers/BPE/siglip2.json"), as: UTF8.self)
        let lowercase = #"{"type":"Lowercase"},"#
        let range = try #require(json.firstRange(of: lowercase))
        json.removeSubrange(range)
        for (modelType, equal) in [("siglip2", true), ("siglip", false)] {
            let folder = try Self.folder(config: #"{"model_type": "\#(modelType)"}"#)
            try folder.write(json, to: "tokenizer.json")
            let tokenizer = try Tokenizer.load(from: ModelDirectory(path: folder.path))
            #expect((tokenizer.encode("The CAT").ids == tokenizer.encode("the cat").ids) == equal)
        }
    }
}
