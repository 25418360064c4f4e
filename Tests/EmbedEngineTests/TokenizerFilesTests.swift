// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import EmbedTokenizers
import Testing

@testable import EmbedEngine

/// Vocabularies in the formats before tokenizer.json, against Transformers; see Tests/Fixtures/README.md.
@Suite struct TokenizerFilesTests {
    @Test(arguments: [
        "xlm-roberta", "xlm-roberta-mask", "xlm-roberta-decoder", "xlm-roberta-map", "xlm-roberta-no-prefix",
        "camembert", "camembert-extra", "albert", "albert-cased", "t5", "t5-few", "llama", "llama-legacy",
        "llama-no-prefix", "gemma", "gemma-frame", "roberta", "roberta-prefix", "clip", "clip-2021", "gpt2",
        "gpt2-frame",
        "qwen2", "qwen2-flags", "phobert", "phobert-shuffled", "bert-added", "mpnet",
        "siglip", "siglip-decoder", "siglip-map", "siglip-spaces", "siglip-cased",
    ])
    func givesTheReferencesTokens(name: String) throws {
        let sample = try Case(named: name)
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        let ids = try #require(sample.json["ids"]?.elements).map { $0.elements?.compactMap(\.int) ?? [] }
        let offsets = sample.json["offsets"]?.elements?.map { $0.elements?.compactMap(\.int) ?? [] }
        let texts = try Self.texts
        #expect(texts.count == ids.count)
        for (index, text) in texts.enumerated() {
            let encoding = tokenizer.encode(text, offsets: true)
            #expect(encoding.ids.map(Int.init) == ids[index], "\(text.debugDescription)")
            guard let offsets else { continue }
            let flat = encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] }
            #expect(flat == offsets[index], "\(text.debugDescription)")
        }
    }

    @Test(arguments: ["siglip", "siglip-decoder", "siglip-map", "siglip-spaces", "siglip-cased"])
    func cutsAndEndsTextsAsSigLIPs(name: String) throws {
        let sample = try Case(named: name)
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        for row in try #require(sample.json["more"]?.elements) {
            let row = try #require(row.elements.map(Array.init))
            let text = try #require(row[0].string)
            for (limit, expected) in zip([Int.max, 64, 7], row.dropFirst()) {
                let ids = expected.elements?.compactMap(\.int) ?? []
                for offsets in [false, true] {
                    let encoding = tokenizer.encode(text, maxTokens: limit, offsets: offsets)
                    #expect(encoding.ids.map(Int.init) == ids, "\(text.debugDescription)")
                    #expect(encoding.offsets.count == (offsets ? ids.count : 0))
                    #expect(encoding.offsets.allSatisfy { $0.upperBound <= text.utf8.count })
                }
            }
        }
    }

    @Test(arguments: [
        (#""sp_model_kwargs":{"enable_sampling":true}"#, "sp_model_kwargs is {\"enable_sampling\":true}; expected {}"),
        (#""split_special_tokens":true"#, "split_special_tokens is true"),
        (#""pad_token":{"content":"<pad>","single_word":true}"#, "<pad>; expected tokens without single_word"),
        (#""extra_special_tokens":["a b"]"#, "a b; expected tokens without white space"),
        (#""extra_special_tokens":["a<b"]"#, "a<b; expected tokens in which no token can begin"),
    ])
    func refusesWhatSigLIPsTokenizerWouldDoOtherwise(member: String, reason: String) throws {
        let sample = try Case(named: "siglip")
        try sample.folder.write(#"{"tokenizer_class":"SiglipTokenizer",\#(member)}"#, to: "tokenizer_config.json")
        expectRefusal(in: sample.folder, reason)
    }

    /// Texts that no token cuts, and cuts whose place is found late, in proportion to their length.
    @Test(arguments: ["siglip", "siglip-spaces"])
    func readsEndlessTextsOfSigLIP(name: String) throws {
        let sample = try Case(named: name)
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        for text in ["a", "Σ", "\u{301}Σ", "\u{2581}", "</s>", "<", ". ", "東", "the cat "] {
            let long = String(repeating: text, count: 50_000)
            let cut = tokenizer.encode(long, maxTokens: 64)
            let whole = tokenizer.encode(long, offsets: true)
            #expect(cut.ids.prefix(63) == whole.ids.prefix(63))
        }
    }

    @Test(arguments: ["llama", "phobert", "roberta", "siglip", "siglip-spaces", "xlm-roberta"])
    func cutsWhereTheWholeTextIsCut(name: String) throws {
        let sample = try Case(named: name)
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        let text = String(repeating: try Self.texts.joined(separator: "\n"), count: 12)
        let whole = tokenizer.encode(text).ids
        for limit in [8, 100, 3000] {
            let cut = tokenizer.encode(text, maxTokens: limit)
            #expect(cut.isTruncated)
            let kept = limit - cut.suffixCount
            #expect(cut.ids.prefix(kept) == whole.prefix(kept))
        }
    }

    /// A word of 150,000 characters merges in proportion, in rounds too.
    @Test(arguments: ["phobert-shuffled", "llama"])
    func mergesEndlessWords(name: String) throws {
        let sample = try Case(named: name)
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        let text = String(repeating: "then", count: 40_000)
        #expect(tokenizer.encode(text, offsets: true).offsets.dropLast().last?.upperBound ?? 0 <= text.utf8.count)
    }

    @Test(arguments: [
        ("BertJapaneseTokenizer", "tokenizer_class is BertJapaneseTokenizer; expected AlbertTokenizer, BertTokenizer"),
        ("XLMRobertaTokenizerFast", "XLMRobertaTokenizer's sentencepiece.bpe.model"),
        ("PhobertTokenizer", "PhobertTokenizer's vocab.txt"),
        ("RobertaTokenizer", "RobertaTokenizer's vocab.json"),
    ])
    func refusesByName(className: String, reason: String) throws {
        let folder = try TemporaryDirectory()
        try folder.write(#"{"tokenizer_class":"\#(className)"}"#, to: "tokenizer_config.json")
        expectRefusal(in: folder, reason)
    }

    @Test(arguments: [
        ("llama", "tokenizer.model", "sentencepiece.bpe.model", "XLMRobertaTokenizer", "model_type is bpe"),
        ("xlm-roberta", "sentencepiece.bpe.model", "tokenizer.model", "LlamaTokenizer", "model_type is unigram"),
    ])
    func refusesAModelOfAnotherKind(
        name: String, from file: String, to target: String, className: String, reason: String
    ) throws {
        let sample = try Case(named: name)
        let directory = try ModelDirectory(path: sample.folder.path)
        let bytes = try #require(try directory.bytes(file, maxByteCount: 1 << 20))
        try sample.folder.write(bytes, to: target)
        try sample.folder.write(#"{"tokenizer_class":"\#(className)"}"#, to: "tokenizer_config.json")
        expectRefusal(in: sample.folder, reason)
    }

    /// The class of a model whose files don't name it follows from its kind.
    @Test func takesTheClassOfTheModel() throws {
        let sample = try Case(named: "roberta")
        try sample.folder.write("{}", to: "tokenizer_config.json")
        try sample.folder.write(#"{"model_type":"roberta"}"#, to: "config.json")
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: sample.folder.path))
        let texts = try Self.texts
        let ids = try #require(sample.json["ids"]?.elements).map { $0.elements?.compactMap(\.int) ?? [] }
        #expect(tokenizer.encode(texts[3]).ids.map(Int.init) == ids[3])
    }

    /// Nothing says that its vocab.txt is BERT's.
    @Test func refusesAModelWhoseClassNothingTells() throws {
        let folder = try TemporaryDirectory()
        try folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "vocab.txt")
        try folder.write(#"{"model_type":"modernbert"}"#, to: "config.json")
        expectRefusal(in: folder, "model_type is modernbert; expected a tokenizer.json")
        try folder.write(#"{"model_type":"bert"}"#, to: "config.json")
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: folder.path))
        #expect(tokenizer.encode("a").ids == [2, 5, 3])
    }

    /// Many more added tokens than any model has, none of them in the vocabulary.
    @Test func readsManyAddedTokensInLinearTime() throws {
        let folder = try TemporaryDirectory()
        try folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "vocab.txt")
        let tokens = (0..<50_000).map { "\"<\($0)>\"" }.joined(separator: ",")
        try folder.write(
            #"{"tokenizer_class":"BertTokenizer","additional_special_tokens":[\#(tokens)]}"#,
            to: "tokenizer_config.json")
        let tokenizer = try Tokenizer.load(from: ModelDirectory(path: folder.path))
        #expect(tokenizer.vocabularySize == 50_006)
    }

    /// Models of SentencePiece cut short or with bits turned are read or refused, never more.
    @Test(arguments: ["xlm-roberta", "albert", "t5", "llama", "gemma", "siglip", "siglip-spaces"])
    func readsOrRefusesADamagedModel(name: String) throws {
        let sample = try Case(named: name)
        let file = try #require(sample.json["files"]?.members.flatMap { Array($0).first?.key })
        let directory = try ModelDirectory(path: sample.folder.path)
        let original = try #require(try directory.bytes(file, maxByteCount: 1 << 20))
        var random = SplitMix64(seed: UInt64(original.count))
        var refused = 0
        for round in 0..<120 {
            var bytes = original
            // The fields that matter most stand at the end, behind the pieces.
            let tail = max(0, bytes.count - 1500)
            switch round % 3 {
            case 0: bytes.removeLast(1 + random.below(round % 2 == 0 ? bytes.count - 1 : 1500))
            case 1: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
            default: for _ in 0..<4 { bytes[tail + random.below(bytes.count - tail)] = UInt8(random.below(256)) }
            }
            try sample.folder.write(bytes, to: file)
            do {
                let tokenizer = try Tokenizer.load(from: directory)
                for text in ["", "Hello <mask> wörld", "東京\u{200D}x"] { _ = tokenizer.encode(text, offsets: true) }
            } catch is ModelFileError {
                refused += 1
            }
        }
        #expect(refused > 10)
    }

    /// The same for formats of text.
    @Test(arguments: ["phobert", "gpt2", "bert-added", "qwen2", "xlm-roberta-map"])
    func readsOrRefusesADamagedText(name: String) throws {
        let sample = try Case(named: name)
        let directory = try ModelDirectory(path: sample.folder.path)
        let names = [
            "vocab.txt", "bpe.codes", "vocab.json", "merges.txt", "tokenizer_config.json", "added_tokens.json",
        ]
        let files = names.filter(directory.contains)
        var random = SplitMix64(seed: 11)
        for file in files {
            let original = try #require(try directory.bytes(file, maxByteCount: 1 << 20))
            for _ in 0..<40 {
                var bytes = original
                switch random.below(3) {
                case 0: bytes.removeLast(1 + random.below(bytes.count - 1))
                case 1: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                default: bytes.insert(UInt8(random.below(128)), at: random.below(bytes.count))
                }
                try sample.folder.write(bytes, to: file)
                do {
                    let tokenizer = try Tokenizer.load(from: directory)
                    for text in ["", "Hello <mask> wörld\n", "東京\u{200D}x"] { _ = tokenizer.encode(text) }
                } catch is ModelFileError {
                }
            }
            try sample.folder.write(original, to: file)
        }
    }

    private func expectRefusal(in folder: TemporaryDirectory, _ reason: String) {
        let error = #expect(throws: ModelFileError.self) {
            try Tokenizer.load(from: ModelDirectory(path: folder.path))
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    private static var texts: [String] {
        get throws {
            try #require(JSONDocument(parsing: Fixtures.bytes("TokenizerFiles/texts.json")).root.elements)
                .compactMap(\.string)
        }
    }

    /// A line of cases.jsonl, its files laid out as a model has them.
    private struct Case {
        let json: JSONValue
        let folder: TemporaryDirectory

        init(named name: String) throws {
            let lines = try Fixtures.bytes("TokenizerFiles/cases.jsonl").split(separator: UInt8(ascii: "\n"))
            let found = try lines.lazy.map { try JSONDocument(parsing: Array($0)).root }.first {
                $0["name"]?.string == name
            }
            json = try #require(found)
            folder = try TemporaryDirectory()
            for file in json["files"]?.members.map(Array.init) ?? [] {
                try folder.write(try Fixtures.bytes("TokenizerFiles/\(file.value.string ?? "")"), to: file.key)
            }
            for file in json["others"]?.members.map(Array.init) ?? [] {
                try folder.write(file.value.json, to: file.key)
            }
        }
    }
}

extension SplitMix64 {
    fileprivate mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
