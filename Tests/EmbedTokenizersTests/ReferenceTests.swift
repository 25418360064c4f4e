// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Ids and offsets are those of PyPI `tokenizers` 0.23.3; see Tests/Fixtures/Tokenizers/README.md.
@Suite struct ReferenceTests {
    private static let blockSize = 1000
    private static let scalarChunk: UInt32 = 0x1000

    /// 120,000 texts, a thousand to a digest.
    @Test(arguments: 0..<120)
    func equalsTheReferenceOnABlockOfTexts(block: Int) throws {
        let tokenizer = try Fixtures.model.get()
        let generator = try TextGenerator()
        let texts = (0..<Self.blockSize).map { generator.text(block * Self.blockSize + $0) }
        let expected = try Fixtures.lines("texts.digests")[block]
        #expect(digests(of: texts, with: tokenizer) == String(decoding: expected, as: UTF8.self))
    }

    /// All 1,112,064 scalars, alone and between letters.
    @Test(arguments: 0..<272 as Range<UInt32>)
    func equalsTheReferenceOnEveryScalar(chunk: UInt32) throws {
        let tokenizer = try Fixtures.model.get()
        let first = chunk * Self.scalarChunk
        let scalars = (first..<first + Self.scalarChunk).filter { $0 < 0xD800 || $0 >= 0xE000 }
        var alone = Digest()
        for scalar in scalars { alone.add(tokenizer.encode([scalar].utf8, offsets: true)) }
        var between = Digest()
        for scalar in scalars { between.add(tokenizer.encode([0x61, scalar, 0x62].utf8, offsets: true)) }
        let expected = try Fixtures.lines("scalars.digests")[Int(chunk)]
        #expect("\(alone) \(between)" == String(decoding: expected, as: UTF8.self))
    }

    /// Texts of many chunks, so that words, accents and added tokens lie across their borders.
    @Test(arguments: 0..<60)
    func equalsTheReferenceOnALongText(number: Int) throws {
        let text = try TextGenerator().longText(number)
        let expected = try Fixtures.lines("long.digests")[number]
        #expect(digests(of: [text], with: try Fixtures.model.get()) == String(decoding: expected, as: UTF8.self))
    }

    @Test func equalsTheReferenceOnReadableTexts() throws {
        try compare(try Fixtures.lines("texts.jsonl"), with: try Fixtures.model.get())
    }

    @Test(arguments: Fixtures.variants)
    func equalsTheReferenceWithOtherSettings(variant: String) throws {
        let tokenizer = try Fixtures.variant(variant)
        try compare(try Fixtures.lines("Variants/\(variant).jsonl"), with: tokenizer)
        let generator = try TextGenerator()
        let kinds = TextGenerator.variantKinds
        let expected = try Fixtures.lines("Variants/\(variant).digests").map { String(decoding: $0, as: UTF8.self) }
        for block in 0..<2 {
            let indices = block * Self.blockSize..<(block + 1) * Self.blockSize
            let texts = indices.map { generator.text($0, kind: kinds[$0 % kinds.count]) }
            #expect(digests(of: texts, with: tokenizer) == expected[block])
        }
        for number in 0..<10 {
            #expect(digests(of: [generator.longText(number)], with: tokenizer) == expected[2 + number])
        }
    }

    /// Digests of the texts, to tell a wrong generator from a wrong tokenizer, and of their ids and offsets.
    private func digests(of texts: [[UInt32]], with tokenizer: Tokenizer) -> String {
        var ofTexts = Digest()
        var ofTokens = Digest()
        var differentWithoutOffsets = 0
        for text in texts {
            for scalar in text { ofTexts.add(scalar) }
            ofTexts.add(.max)
            let bytes = text.utf8
            let encoding = tokenizer.encode(bytes, offsets: true)
            ofTokens.add(encoding)
            if tokenizer.encode(bytes).ids != encoding.ids { differentWithoutOffsets += 1 }
        }
        #expect(differentWithoutOffsets == 0)
        return "\(ofTexts) \(ofTokens)"
    }

    /// Compares with lines of `{"text", "ids", "offsets"}`; the offsets count scalars, start and end by turns.
    private func compare(_ lines: [[UInt8]], with tokenizer: Tokenizer) throws {
        for line in lines {
            let json = try JSONDocument(parsing: line).root
            let text = try #require(json["text"]?.utf8)
            let ids = try #require(json["ids"]?.elements).compactMap(\.int)
            let offsets = try #require(json["offsets"]?.elements).compactMap(\.int)
            let encoding = tokenizer.encode(text, offsets: true)
            let comment = Comment(rawValue: json.rawText)
            #expect(encoding.ids.map(Int.init) == ids, comment)
            #expect(
                encoding.offsets.flatMap { [scalars(text, $0.lowerBound), scalars(text, $0.upperBound)] } == offsets,
                comment)
        }
    }

    private func scalars(_ text: [UInt8], _ byteOffset: Int) -> Int {
        text[..<byteOffset].count { $0 & 0xC0 != 0x80 }
    }
}
