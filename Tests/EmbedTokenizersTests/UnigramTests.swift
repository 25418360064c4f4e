// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Ids and offsets of Unigram models are those of PyPI `tokenizers`; see Tests/Fixtures/Tokenizers/README.md.
@Suite struct UnigramTests {
    private static let longCount = 10

    /// Texts of many chunks, then blocks of short ones: 120,000 for XLM-R's and BGE-M3's shape, 4,000 for the others.
    @Test(arguments: Fixtures.unigrams)
    func equalsTheReference(name: String) throws {
        let tokenizer = try Fixtures.unigram(name)
        try Comparison.equal(try Fixtures.lines("Unigram/\(name).jsonl"), with: tokenizer)
        let generator = try TextGenerator()
        let expected = try Fixtures.lines("Unigram/\(name).digests").map { String(decoding: $0, as: UTF8.self) }
        for number in 0..<Self.longCount {
            #expect(Comparison.digests(of: [generator.longText(number)], with: tokenizer) == expected[number])
        }
        for (block, digest) in expected.dropFirst(Self.longCount).enumerated() {
            let texts = (0..<Comparison.blockSize).map { generator.text(block * Comparison.blockSize + $0) }
            #expect(Comparison.digests(of: texts, with: tokenizer) == digest, "block \(block)")
        }
    }

    /// All 1,112,064 scalars, alone and between letters, with each kind of normalizer.
    @Test(arguments: ["albert", "bert-normalizer", "bge-m3", "first", "nfc", "nfd", "nmt", "xlm-r"])
    func equalsTheReferenceOnEveryScalar(name: String) throws {
        let tokenizer = try Fixtures.unigram(name)
        for (chunk, expected) in try Fixtures.lines("Unigram/\(name).scalars").enumerated() {
            let digests = Comparison.digests(ofScalars: UInt32(chunk), with: tokenizer)
            #expect(digests == String(decoding: expected, as: UTF8.self), "chunk \(chunk)")
        }
    }

    @Test func knowsItsVocabulary() throws {
        let tokenizer = try Fixtures.unigram("xlm-r")
        #expect(tokenizer.prefixIDs == [0])
        #expect(tokenizer.suffixIDs == [2])
        #expect(tokenizer.id(of: "<unk>") == 3)
        #expect(tokenizer.token(for: 3) == "<unk>")
        #expect(tokenizer.id(of: "<mask>") == Int32(tokenizer.vocabularySize - 1))
        #expect(!tokenizer.lowercases)
        #expect(try Fixtures.unigram("bge-m3").lowercases)
        #expect(try Fixtures.unigram("first").lowercases)
    }

    /// A book costs no more than its beginning, but for offsets, which depend on what the table of replacements removed.
    @Test(
        arguments: [
            "The quick brown fox jumps over the lazy dog. ", "Съешь же ещё этих мягких французских булок ", "क्षि कक ",
            "한국어 문장 ",
            "敏捷的棕色狐狸 跳过了懒狗 ",
        ], ["xlm-r", "bge-m3", "albert", "nmt", "bert-normalizer"])
    func stopsReadingSoonAfterTheLimit(unit: String, name: String) throws {
        let tokenizer = try Fixtures.unigram(name)
        var text = Array(unit.utf8)
        while text.count < 1_000_000 { text += text }
        let cut = tokenizer.encode(text, maxTokens: 256)
        let whole = tokenizer.encode(Array(text[..<(text.count / 64)]), maxTokens: 256, offsets: true)
        #expect(cut.ids == whole.ids)
        // BERT's spaces around Chinese characters and Nmt's added tokens leave nowhere to cut some texts.
        if name == "xlm-r" || name == "bge-m3" || name == "albert" && unit.utf8.allSatisfy({ $0 < 0x80 }) {
            #expect(cut.bytesRead <= 16_384)
        }
    }

    /// One word of two megabytes is segmented whole, in time and memory that grow with its length.
    @Test(arguments: ["a", "東", "\u{E9}\u{301}", "\u{1F600}", "the", "\u{2581}"])
    func segmentsAnEndlessWord(unit: String) throws {
        let tokenizer = try Fixtures.unigram("xlm-r")
        var text = Array(unit.utf8)
        while text.count < 2_000_000 { text += text }
        #expect(tokenizer.encode(text, maxTokens: 256).ids.count <= 256)
    }

    @Test(arguments: ["xlm-r", "bge-m3", "e5", "t5", "first", "prepend", "ties"])
    func equalsTheWholeTextCutAfterwards(name: String) throws {
        let tokenizer = try Fixtures.unigram(name)
        let text = try TextGenerator().longText(3).utf8
        let full = tokenizer.encode(text)
        let frame = tokenizer.specialTokenCount
        let content = full.ids.dropFirst(full.prefixCount).dropLast(full.suffixCount)
        for limit in [0, 1, 2, 3, 100, 1000, 3000, full.ids.count - 1, full.ids.count, .max] {
            let kept = max(0, min(content.count, limit == .max ? .max : limit - frame))
            let right = tokenizer.encode(text, maxTokens: limit)
            #expect(right.ids == tokenizer.prefixIDs + content.prefix(kept) + tokenizer.suffixIDs)
            #expect(right.isTruncated == (kept < content.count))
            let left = tokenizer.encode(text, maxTokens: limit, truncationSide: .left)
            #expect(left.ids == tokenizer.prefixIDs + content.suffix(kept) + tokenizer.suffixIDs)
        }
    }
}
