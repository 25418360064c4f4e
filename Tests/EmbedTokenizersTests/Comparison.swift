// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Testing

/// Compares our tokens with the reference's; the same digests as in Scripts/fixtures/tokenizer_fixtures.py.
enum Comparison {
    /// Texts to a digest.
    static let blockSize = 1000
    static let scalarChunk: UInt32 = 0x1000

    /// Digests of a chunk of scalars, each alone, and each between two letters.
    static func digests(ofScalars chunk: UInt32, with tokenizer: Tokenizer) -> String {
        let first = chunk * scalarChunk
        let scalars = (first..<first + scalarChunk).filter { $0 < 0xD800 || $0 >= 0xE000 }
        var alone = Digest()
        for scalar in scalars { alone.add(tokenizer.encode([scalar].utf8, offsets: true)) }
        var between = Digest()
        for scalar in scalars { between.add(tokenizer.encode([0x61, scalar, 0x62].utf8, offsets: true)) }
        return "\(alone) \(between)"
    }

    /// Digests of the texts, to tell a wrong generator from a wrong tokenizer, and of their ids and offsets.
    static func digests(of texts: [[UInt32]], with tokenizer: Tokenizer) -> String {
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

    /// Compares with digests of two thousand short texts of all kinds and of ten long ones.
    static func equalOnMixedTexts(_ digests: [[UInt8]], with tokenizer: Tokenizer) throws {
        let generator = try TextGenerator()
        let kinds = TextGenerator.variantKinds
        let expected = digests.map { String(decoding: $0, as: UTF8.self) }
        for block in 0..<2 {
            let indices = block * blockSize..<(block + 1) * blockSize
            let texts = indices.map { generator.text($0, kind: kinds[$0 % kinds.count]) }
            #expect(Self.digests(of: texts, with: tokenizer) == expected[block])
        }
        for number in 0..<10 {
            #expect(Self.digests(of: [generator.longText(number)], with: tokenizer) == expected[2 + number])
        }
    }

    /// Compares with lines of `{"text", "ids", "offsets"}`; the offsets count scalars, start and end by turns.
    static func equal(_ lines: [[UInt8]], with tokenizer: Tokenizer) throws {
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

    private static func scalars(_ text: [UInt8], _ byteOffset: Int) -> Int {
        text[..<byteOffset].count { $0 & 0xC0 != 0x80 }
    }
}
