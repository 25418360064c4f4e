// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

@Suite struct TokenizerTests {
    @Test func knowsTheModelsVocabulary() throws {
        let tokenizer = try Fixtures.model.get()
        #expect(tokenizer.vocabularySize == 30522)
        #expect(tokenizer.specialTokenCount == 2)
        #expect(tokenizer.prefixIDs == [101])
        #expect(tokenizer.suffixIDs == [102])
        #expect(tokenizer.id(of: "[SEP]") == 102)
        #expect(tokenizer.id(of: "##ing") == 2075)
        #expect(tokenizer.id(of: "hello") == 7592)
        #expect(tokenizer.id(of: "") == nil)
        #expect(tokenizer.id(of: "no such token") == nil)
        #expect(tokenizer.token(for: 2075) == "##ing")
        #expect(tokenizer.token(for: -1) == nil)
        #expect(tokenizer.token(for: 30522) == nil)
        for id in 0..<Int32(tokenizer.vocabularySize) {
            #expect(tokenizer.token(for: id).flatMap(tokenizer.id(of:)) == id)
        }
    }

    /// tokenizer.json of all-MiniLM-L6-v2 asks for truncation at 128 and padding to 128.
    @Test func ignoresTheFilesOwnTruncationAndPadding() throws {
        let tokenizer = try Fixtures.model.get()
        #expect(tokenizer.encode("Hello world").ids == [101, 7592, 2088, 102])
        #expect(tokenizer.encode(String(repeating: "a ", count: 1000)).ids.count == 1002)
    }

    @Test func framesAnEmptyText() throws {
        let encoding = try Fixtures.model.get().encode("", offsets: true)
        #expect(encoding.ids == [101, 102])
        #expect(encoding.offsets == [0..<0, 0..<0])
        #expect(!encoding.isTruncated)
    }

    @Test func marksOnlyTheFrameAsSpecial() throws {
        let tokenizer = try Fixtures.variant("long-template")
        #expect(tokenizer.prefixIDs == [4, 0, 2])
        #expect(tokenizer.encode("[SEP]").specialTokensMask == [true, true, true, false, true])
        #expect(tokenizer.encode("[SEP]", addSpecialTokens: false).specialTokensMask == [false])
    }

    @Test func takesTheSameTextAsStringArrayOrSpan() throws {
        let tokenizer = try Fixtures.model.get()
        let text = "Zażółć gęślą jaźń [SEP] 東京"
        let bytes = Array(text.utf8)
        #expect(tokenizer.encode(text, offsets: true) == tokenizer.encode(bytes, offsets: true))
        #expect(tokenizer.encode(text, offsets: true) == tokenizer.encode(bytes.span, offsets: true))
    }

    /// The reference numbers added tokens itself and only warns when the file disagrees.
    @Test func numbersAddedTokensAsTheReferenceDoes() throws {
        let tokenizer = try Fixtures.variant("added-flags")
        let first = try #require(tokenizer.id(of: "<A>"))
        #expect(tokenizer.id(of: "<B>") == first + 1)
        #expect(tokenizer.token(for: first) == "<A>")
        #expect(tokenizer.vocabularySize == Int(first) + 8)
    }
}
