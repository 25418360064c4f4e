// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Ids and offsets are those of PyPI `tokenizers` 0.23.3; see Tests/Fixtures/Tokenizers/README.md.
@Suite struct ReferenceTests {
    /// 120,000 texts, a thousand to a digest.
    @Test(arguments: 0..<120)
    func equalsTheReferenceOnABlockOfTexts(block: Int) throws {
        let tokenizer = try Fixtures.model.get()
        let generator = try TextGenerator()
        let texts = (0..<Comparison.blockSize).map { generator.text(block * Comparison.blockSize + $0) }
        let expected = try Fixtures.lines("texts.digests")[block]
        #expect(Comparison.digests(of: texts, with: tokenizer) == String(decoding: expected, as: UTF8.self))
    }

    /// All 1,112,064 scalars, alone and between letters.
    @Test(arguments: 0..<272 as Range<UInt32>)
    func equalsTheReferenceOnEveryScalar(chunk: UInt32) throws {
        let tokenizer = try Fixtures.model.get()
        let expected = try Fixtures.lines("scalars.digests")[Int(chunk)]
        #expect(Comparison.digests(ofScalars: chunk, with: tokenizer) == String(decoding: expected, as: UTF8.self))
    }

    /// Texts of many chunks, so that words, accents and added tokens lie across their borders.
    @Test(arguments: 0..<60)
    func equalsTheReferenceOnALongText(number: Int) throws {
        let text = try TextGenerator().longText(number)
        let expected = try Fixtures.lines("long.digests")[number]
        let digests = Comparison.digests(of: [text], with: try Fixtures.model.get())
        #expect(digests == String(decoding: expected, as: UTF8.self))
    }

    @Test func equalsTheReferenceOnReadableTexts() throws {
        try Comparison.equal(try Fixtures.lines("texts.jsonl"), with: try Fixtures.model.get())
    }

    @Test(arguments: Fixtures.variants)
    func equalsTheReferenceWithOtherSettings(variant: String) throws {
        let tokenizer = try Fixtures.variant(variant)
        try Comparison.equal(try Fixtures.lines("Variants/\(variant).jsonl"), with: tokenizer)
        try Comparison.equalOnMixedTexts(try Fixtures.lines("Variants/\(variant).digests"), with: tokenizer)
    }
}
