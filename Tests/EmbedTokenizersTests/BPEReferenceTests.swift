// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Ids and offsets are those of PyPI `tokenizers` 0.23.3; see Tests/Fixtures/Tokenizers/README.md.
@Suite struct BPEReferenceTests {
    /// 120,000 texts to a tokenizer, a thousand to a digest.
    @Test(arguments: Fixtures.largeBPE, 0..<12)
    func equalsTheReferenceOnBlocksOfTexts(name: String, tenth: Int) throws {
        let tokenizer = try Fixtures.bpe(name)
        let generator = try TextGenerator()
        let expected = try Fixtures.lines("BPE/\(name).texts")
        for block in tenth * 10..<tenth * 10 + 10 {
            let texts = (0..<Comparison.blockSize).map { generator.text(block * Comparison.blockSize + $0) }
            #expect(
                Comparison.digests(of: texts, with: tokenizer) == String(decoding: expected[block], as: UTF8.self),
                "block \(block)")
        }
    }

    /// All 1,112,064 scalars, alone and between letters.
    @Test(arguments: Fixtures.largeBPE)
    func equalsTheReferenceOnEveryScalar(name: String) throws {
        let tokenizer = try Fixtures.bpe(name)
        let lines = try Fixtures.lines("BPE/\(name).scalars")
        #expect(lines.count == 272)
        for (chunk, expected) in lines.enumerated() {
            #expect(
                Comparison.digests(ofScalars: UInt32(chunk), with: tokenizer)
                    == String(decoding: expected, as: UTF8.self), "chunk \(chunk)")
        }
    }

    @Test(arguments: Fixtures.largeBPE + Fixtures.smallBPE)
    func equalsTheReferenceOnTextsWithAddedTokens(name: String) throws {
        try Comparison.equalOnMixedTexts(try Fixtures.lines("BPE/\(name).digests"), with: try Fixtures.bpe(name))
    }

    @Test(arguments: Fixtures.largeBPE + Fixtures.smallBPE)
    func equalsTheReferenceOnReadableTexts(name: String) throws {
        let lines = try Fixtures.lines("BPE/\(name).jsonl")
            .filter { try JSONDocument(parsing: $0).root["limit"] == nil }
        try Comparison.equal(lines, with: try Fixtures.bpe(name))
    }

    /// The reference trims offsets after it has cut, so that its first token is the first that is left.
    @Test(arguments: Fixtures.largeBPE + Fixtures.smallBPE)
    func equalsTheReferenceOnTruncatedTexts(name: String) throws {
        let tokenizer = try Fixtures.bpe(name)
        for line in try Fixtures.lines("BPE/\(name).jsonl") {
            let json = try JSONDocument(parsing: line).root
            guard let limit = json["limit"]?.int else { continue }
            let text = try #require(json["text"]?.utf8)
            let side: TruncationSide = json["side"]?.string == "left" ? .left : .right
            let encoding = tokenizer.encode(text, maxTokens: limit, truncationSide: side, offsets: true)
            let comment = Comment(rawValue: json.rawText)
            #expect(encoding.ids.map(Int.init) == json["ids"]?.elements?.compactMap(\.int), comment)
            let offsets = encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] }
            #expect(offsets == json["offsets"]?.elements?.compactMap(\.int), comment)
        }
    }
}
