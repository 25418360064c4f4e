// SPDX-License-Identifier: Apache-2.0

import EmbedTokenizers
import Testing

@Suite struct TruncationTests {
    private func expected(_ full: Encoding, limit: Int, side: TruncationSide) -> Encoding {
        var cut = full
        let content = full.ids.count - full.prefixCount - full.suffixCount
        let excess = max(0, content - max(0, limit - full.prefixCount - full.suffixCount))
        guard excess > 0 else { return full }
        let first =
            switch side {
            case .left: full.prefixCount
            case .right: full.prefixCount + content - excess
            }
        cut.ids.removeSubrange(first..<first + excess)
        cut.offsets.removeSubrange(first..<first + excess)
        cut.isTruncated = true
        return cut
    }

    /// Of byte-level tokenizers those without `trim_offsets`, which treats the first token that is left as no other.
    @Test(arguments: [
        "Variants/added-flags", "Variants/added-normalized", "Variants/added-overlapping", "Variants/cased",
        "Variants/long-template", "Variants/bare", "BPE/qwen", "BPE/modernbert", "BPE/llama", "BPE/gemma",
        "BPE/word-level", "BPE/llama-joined", "BPE/llama-some-bytes", "BPE/llama-dropping", "BPE/split-next",
        "BPE/prepend-nfc",
    ])
    func equalsTheWholeTextCutAfterwardsAtEveryLimit(file: String) throws {
        let tokenizer = try Fixtures.tokenizer(file)
        let generator = try TextGenerator()
        for index in 0..<48 {
            let text = generator.text(index).utf8
            let full = tokenizer.encode(text, offsets: true)
            let bare = tokenizer.encode(text, addSpecialTokens: false, offsets: true)
            #expect(Array(full.ids.dropFirst(full.prefixCount).dropLast(full.suffixCount)) == bare.ids)
            #expect(!full.isTruncated)
            #expect(full.bytesRead == text.count)
            var wrongLimits: [Int] = []
            for limit in 0...full.ids.count + 1 {
                for side in [TruncationSide.left, .right] {
                    var cut = tokenizer.encode(text, maxTokens: limit, truncationSide: side, offsets: true)
                    cut.bytesRead = text.count
                    let withoutFrame = tokenizer.encode(
                        text, maxTokens: limit, addSpecialTokens: false, truncationSide: side)
                    if cut != expected(full, limit: limit, side: side)
                        || cut.ids.count > max(limit, tokenizer.specialTokenCount)
                        || withoutFrame.ids != expected(bare, limit: limit, side: side).ids
                        || !withoutFrame.offsets.isEmpty
                    {
                        wrongLimits.append(limit)
                    }
                }
            }
            #expect(wrongLimits.isEmpty, "text \(index)")
        }
    }

    @Test(arguments: [
        "Variants/added-flags", "Variants/added-normalized", "Variants/cased", "Variants/no-pre-tokenizer",
        "Variants/sequences", "BPE/qwen", "BPE/modernbert", "BPE/llama", "BPE/gemma", "BPE/word-level",
        "BPE/llama-joined", "BPE/llama-some-bytes", "BPE/split-long", "BPE/prepend-nfc",
    ])
    func equalsALongTextCutAfterwards(file: String) throws {
        let tokenizer = try Fixtures.tokenizer(file)
        let text = try TextGenerator().longText(3).utf8
        let full = tokenizer.encode(text, offsets: true)
        for limit in [0, 1, 2, 3, 100, 1000, 3000, full.ids.count - 1, full.ids.count, .max] {
            for side in [TruncationSide.left, .right] {
                var cut = tokenizer.encode(text, maxTokens: limit, truncationSide: side, offsets: true)
                cut.bytesRead = text.count
                #expect(cut == expected(full, limit: limit, side: side))
            }
        }
    }

    /// A book costs no more than its beginning, in any script, with or without spaces.
    @Test(arguments: [
        "The quick brown fox jumps over the lazy dog. ", "敏捷的棕色狐狸跳过了懒狗", "Съешь же ещё этих мягких французских булок ",
        "a\u{301}\u{323} ", "[SEP]", "[SEP] ", "!", "क्षि ", "  x", "\u{1F600} ",
    ])
    func stopsReadingSoonAfterTheLimit(unit: String) throws {
        let tokenizer = try Fixtures.model.get()
        let text = Self.repeating(unit, byteCount: 10_000_000)
        expectEarlyStop(tokenizer, text)
    }

    /// The same for tokenizers of which a word ends at a space or symbol.
    @Test(
        arguments: [
            "gpt2", "roberta", "qwen", "qwen3.5", "llama3", "o200k", "tekken", "llama", "word-level", "whitespace",
        ],
        [
            "The quick brown fox jumps over the lazy dog. ", "one\n two\r\n\n ", "don't they're ", "敏捷的 ", "x1 ",
            "a\u{301}\u{323} ", "\u{1F600} ", "  x",
        ])
    func stopsReadingSoonAfterTheLimit(name: String, unit: String) throws {
        let tokenizer = try Fixtures.bpe(name)
        let text = Self.repeating(unit, byteCount: 4_000_000)
        expectEarlyStop(tokenizer, text)
    }

    private func expectEarlyStop(_ tokenizer: Tokenizer, _ text: [UInt8]) {
        for offsets in [false, true] {
            let cut = tokenizer.encode(text, maxTokens: 256, offsets: offsets)
            #expect(cut.ids.count == 256)
            #expect(cut.isTruncated)
            #expect(cut.bytesRead <= 8192)
            let start = tokenizer.encode(Array(text[..<30_000]), maxTokens: 256, offsets: offsets)
            #expect(cut.ids == start.ids)
            #expect(cut.offsets == start.offsets)
        }
    }

    /// Words of 300 kB take time in proportion but for a logarithm.
    @Test(
        arguments: ["gpt2", "qwen", "llama3", "o200k", "llama", "gemma", "llama-joined", "prepend-nfc"],
        ["a", "the", "\u{301}", "\u{E9}", "\u{AA}A", "漢字", " ", "\n ", "'", "1", "e\u{323}\u{301}"])
    func mergesEndlessWords(name: String, unit: String) throws {
        let tokenizer = try Fixtures.bpe(name)
        let text = Self.repeating(unit, byteCount: 300_000) + Array(" end".utf8)
        let encoding = tokenizer.encode(text, offsets: true)
        #expect(encoding.offsets.dropLast(encoding.suffixCount).last?.upperBound == text.count)
        #expect(encoding.ids == tokenizer.encode(text).ids)
        #expect(tokenizer.encode(text, maxTokens: 16).ids.prefix(15) == encoding.ids.prefix(15))
    }

    /// Texts that must be read whole to know their first token still take time and memory in proportion.
    @Test(arguments: ["a", "\u{301}", "\u{200B}", "\u{E9}", "\u{0F73}", " ", "\u{302E}", "\u{1F600}"])
    func readsAnEndlessWordOnce(unit: String) throws {
        let tokenizer = try Fixtures.model.get()
        let text = Self.repeating(unit, byteCount: 200_000) + Array(" end".utf8)
        let encoding = tokenizer.encode(text, maxTokens: 256, offsets: true)
        #expect(encoding.ids.count <= 4)
        #expect(encoding.offsets.dropLast().last == text.count - 3..<text.count)
        #expect(encoding.bytesRead == text.count)
    }

    private static func repeating(_ unit: String, byteCount: Int) -> [UInt8] {
        var text = Array(unit.utf8)
        while text.count < byteCount { text += text }
        return text
    }
}
