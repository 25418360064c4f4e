// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTokenizers
import Foundation
import Testing

/// Two texts in one input are those of PyPI `tokenizers` 0.23.3; see Tests/Fixtures/Tokenizers/README.md.
@Suite struct PairTests {
    @Test func equalsTheReference() throws {
        var tokenizers: [String: Tokenizer] = [:]
        let lines = try Fixtures.lines("pairs.jsonl")
        #expect(lines.count > 300)
        for line in lines {
            let json = try JSONDocument(parsing: line).root
            let key = "\(json["tokenizer"]?.string ?? "") \(json["post_processor"]?.json ?? "")"
            let tokenizer = try tokenizers[key] ?? Self.tokenizer(json)
            tokenizers[key] = tokenizer
            try Self.compare(json, tokenizer)
        }
    }

    private static func compare(_ json: JSONValue, _ tokenizer: Tokenizer) throws {
        let texts = try #require(json["texts"]?.elements).compactMap(\.utf8)
        let comment = Comment(rawValue: json.rawText)
        func encode(offsets: Bool) throws(PairError) -> PairEncoding {
            let truncation: PairTruncation =
                switch json["strategy"]?.string {
                case "only_first": .onlyFirst
                case "only_second": .onlySecond
                default: .longestFirst
                }
            return try tokenizer.encode(
                texts[0], texts[1], maxTokens: json["limit"]?.int ?? .max, truncation: truncation,
                truncationSide: json["side"]?.string == "left" ? .left : .right,
                addSpecialTokens: json["special"]?.bool ?? true, offsets: offsets)
        }
        if json["error"] != nil {
            #expect(throws: PairError.self, comment) { try encode(offsets: false) }
            return
        }
        let encoding = try encode(offsets: true)
        func numbers(_ key: String) -> [Int]? { json[key]?.elements?.compactMap(\.int) }
        #expect(encoding.ids.map(Int.init) == numbers("ids"), comment)
        #expect(encoding.typeIDs.map(Int.init) == numbers("types"), comment)
        #expect(encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] } == numbers("offsets"), comment)
        #expect(try encode(offsets: false).ids == encoding.ids, comment)
        guard json["sources"] != nil else { return }
        let sources = encoding.sources.map { $0 == .first ? 0 : $0 == .second ? 1 : 2 }
        #expect(sources == numbers("sources"), comment)
    }

    /// The file's tokenizer with another post-processor in its place.
    private static func tokenizer(_ json: JSONValue) throws -> Tokenizer {
        let bytes = try Fixtures.bytes("\(json["tokenizer"]?.string ?? "").json")
        guard let processor = json.nonNull("post_processor") else {
            return try Tokenizer(json: JSONDocument(parsing: bytes).root)
        }
        let own = "\"post_processor\":\(try JSONDocument(parsing: bytes).root["post_processor"]?.json ?? "")"
        let text = String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: own, with: "\"post_processor\":\(processor.json)")
        return try Tokenizer(json: JSONDocument(parsing: Array(text.utf8)).root)
    }

    /// A long second text is read only as far as the limit asks for.
    @Test(arguments: [PairTruncation.longestFirst, .onlySecond])
    func stopsReadingSoonAfterTheLimit(truncation: PairTruncation) throws {
        let tokenizer = try Fixtures.bpe("roberta")
        let query = Array("a short query".utf8)
        let document = [UInt8](repeating: UInt8(ascii: "x"), count: 30) + Array(" and a word".utf8)
        let long = Array(repeatElement(document, count: 50_000).joined())
        let encoding = try tokenizer.encode(query, long, maxTokens: 512, truncation: truncation)
        #expect(encoding.ids.count == 512)
        #expect(encoding.isSecondTruncated)
        #expect(!encoding.isFirstTruncated)
        // Of 2 MB.
        #expect(encoding.bytesRead <= query.count + 16_384)
    }

    @Test func refusesATemplateWithoutBothTexts() throws {
        let bytes = try Fixtures.bytes("Variants/cased.json")
        let text = String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: #""id":"B","type_id":1"#, with: #""id":"A","type_id":1"#)
        let tokenizer = try Tokenizer(json: JSONDocument(parsing: Array(text.utf8)).root)
        #expect(tokenizer.encode("one").ids.count > 2)
        #expect(throws: PairError.noTemplate) { try tokenizer.encode([0x61], [0x62]) }
    }
}
