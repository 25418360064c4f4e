// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Whatever comes in, the answer is ids or a refusal, never a crash.
@Suite struct FuzzTests {
    private static let texts = [
        "", " ", "Hello [SEP] wörld <A> <b>foo\u{301}", "東京\u{200D}x ÑANDÚ",
        String(repeating: "ab\u{301} ", count: 3000),
    ]

    @Test(arguments: Fixtures.variants.map { "Variants/\($0)" } + Fixtures.largeBPE.map { "BPE/\($0)" })
    func readsOrRefusesAMutatedFile(file: String) throws {
        try mutate(try Fixtures.bytes("\(file).json"), vocabulary: "\"vocab\":{")
    }

    @Test(arguments: Fixtures.unigrams)
    func readsOrRefusesAMutatedUnigramFile(name: String) throws {
        try mutate(try Fixtures.unigramBytes(name), vocabulary: "\"vocab\":[")
    }

    private func mutate(_ original: [UInt8], vocabulary: String) throws {
        // The vocabulary is most of the file; the keys around it are what matters.
        let text = String(decoding: original, as: UTF8.self)
        let vocabularyStart = try #require(text.firstRange(of: vocabulary)).upperBound.utf16Offset(in: text)
        var random = SplitMix64(seed: UInt64(original.count))
        let values = [
            "null", "true", "-1", "4194304", "1e9", "99999999999", "\"\"", "\"A\"", "[]", "{}", "[[0]]", "\"\\u0301\"",
        ]
        var loaded = 0
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<1 + random.below(2) {
                let bound = random.below(8) == 0 ? bytes.count : min(bytes.count, vocabularyStart)
                let position = random.below(bound)
                switch random.below(4) {
                case 0: bytes[position] = UInt8(random.below(128))
                case 1: bytes.remove(at: position)
                default:
                    // Replaces the value after the next colon.
                    guard let colon = bytes[position...].firstIndex(of: UInt8(ascii: ":")) else { continue }
                    let end = bytes[colon...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }
                    bytes.replaceSubrange(
                        colon + 1..<(end ?? bytes.count), with: Array(values[random.below(values.count)].utf8))
                }
            }
            do {
                let tokenizer = try Tokenizer(json: JSONDocument(parsing: bytes).root)
                loaded += 1
                for text in Self.texts { check(tokenizer, Array(text.utf8), maxTokens: random.below(40)) }
            } catch is JSONError {
            } catch is TokenizerError {
            }
        }
        #expect(loaded > 0)
    }

    @Test(arguments: [
        "Variants/added-flags", "Variants/added-normalized", "Variants/added-overlapping", "Variants/cased",
        "Variants/no-cleaning", "Variants/bare", "Variants/sequences", "BPE/gpt2", "BPE/roberta", "BPE/qwen",
        "BPE/modernbert", "BPE/o200k", "BPE/llama", "BPE/gemma", "BPE/word-level", "BPE/llama-dropping",
        "BPE/llama-some-bytes", "BPE/split-long", "BPE/prepend-nfc",
    ])
    func takesAnyBytesAsText(file: String) throws {
        try feedAnyBytes(to: try Fixtures.tokenizer(file))
    }

    private func feedAnyBytes(to tokenizer: Tokenizer) throws {
        var random = SplitMix64(seed: 7)
        let pieces: [[UInt8]] = [
            [0x20], [0x80], [0xC3], [0xE2, 0x80], [0xF0, 0x9F], [0xFF], [0xCC, 0x81], [0xED, 0xA0, 0x80],
            Array("<A>".utf8),
            Array("foo".utf8), [0xC0, 0x80], Array("東京".utf8), [0x00],
        ]
        for round in 0..<150 {
            var text: [UInt8] = []
            for _ in 0..<random.below(round % 50 == 0 ? 8000 : 60) {
                if random.below(2) == 0 {
                    text.append(UInt8(random.below(256)))
                } else {
                    text += pieces[random.below(pieces.count)]
                }
            }
            check(tokenizer, text, maxTokens: random.below(80))
        }
    }

    @Test(arguments: Fixtures.unigrams)
    func takesAnyBytesAsTextOfUnigrams(name: String) throws {
        try feedAnyBytes(to: try Fixtures.unigram(name))
    }

    /// A text cut anywhere, even inside a scalar, is still taken, and every prefix of it.
    @Test func takesTextsCutInsideAScalar() throws {
        let tokenizer = try Fixtures.variant("added-normalized")
        try takesTextsCutInsideAScalar(with: tokenizer)
        for name in Fixtures.largeBPE { try takesTextsCutInsideAScalar(with: try Fixtures.bpe(name)) }
    }

    private func takesTextsCutInsideAScalar(with tokenizer: Tokenizer) throws {
        let text = Array("é漢😀\u{301}한<É>東京 foo".utf8)
        for start in 0..<text.count {
            for end in start...text.count { check(tokenizer, Array(text[start..<end]), maxTokens: 5) }
        }
    }

    private func check(_ tokenizer: Tokenizer, _ text: [UInt8], maxTokens: Int) {
        let full = tokenizer.encode(text, offsets: true)
        #expect(
            full.ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }
                && full.offsets.allSatisfy { $0.upperBound <= text.count } && full.ids == tokenizer.encode(text).ids)
        let limit = max(maxTokens, tokenizer.specialTokenCount)
        let cut = tokenizer.encode(text, maxTokens: limit)
        let kept = full.ids.dropLast(full.suffixCount).prefix(limit - full.suffixCount)
        #expect(cut.isTruncated == (full.ids.count > limit) && cut.ids == kept + full.ids.suffix(full.suffixCount))
    }
}
