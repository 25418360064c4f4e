// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Foundation
import Testing

@Suite struct Base64Tests {
    @Test(arguments: 0..<40)
    func writesBytesAsFoundation(count: Int) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var output = Array("before".utf8)
        Base64.append(bytes.span.bytes, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "before" + Data(bytes).base64EncodedString())
    }

    @Test func writesEveryCharacter() {
        // 48 bits a group: each value of six bits at each of the eight places.
        for value in 0..<64 as Range<UInt64> {
            for place in 0..<8 as Range<UInt64> {
                let bits = value << (42 - 6 * place)
                let bytes = (0..<9).map { UInt8(truncatingIfNeeded: bits >> (40 - 8 * UInt64($0 % 6))) }
                #expect(Base64.text(of: bytes.span.bytes) == Data(bytes).base64EncodedString())
            }
        }
    }

    @Test func writesFloatsInLittleEndianOrder() {
        let values: [Float] = [1, -2.5, .pi, .leastNonzeroMagnitude]
        let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
        let slice = values[...]
        #expect(Base64.text(of: slice.span.bytes) == Data(bytes).base64EncodedString())
    }

    @Test(arguments: 0..<40)
    func readsWhatFoundationWrites(count: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        for lines in [[], .lineLength64Characters] as [Data.Base64EncodingOptions] {
            let text = Array(Data(bytes).base64EncodedString(options: lines).utf8)
            #expect(try Base64.decode(text.span, allowsLineBreaks: true) == bytes)
            #expect(try Base64.decode(text.span, allowsLineBreaks: true, maxByteCount: count) == bytes)
            if count > 0 {
                #expect(throws: Base64.Fault.tooLong(limit: count - 1)) {
                    try Base64.decode(text.span, allowsLineBreaks: true, maxByteCount: count - 1)
                }
            }
        }
    }

    @Test(arguments: 1..<30)
    func readsLinesOfAnyLength(length: Int) throws {
        let bytes = (0..<100).map { UInt8($0 * 37 & 255) }
        let text = Array(Data(bytes).base64EncodedString().utf8)
        var lines: [UInt8] = []
        for (index, character) in text.enumerated() {
            if index % length == 0 { lines += "\r\n".utf8 }
            lines.append(character)
        }
        #expect(try Base64.decode(lines.span, allowsLineBreaks: true) == bytes)
        #expect(throws: Base64.Fault.character(offset: 0)) { try Base64.decode(lines.span) }
    }

    @Test func findsTheCharacterThatIsNone() {
        let text = [UInt8](repeating: UInt8(ascii: "A"), count: 40)
        for offset in text.indices {
            for wrong in [0, UInt8(ascii: "-"), UInt8(ascii: "\n"), 0x7F, 0x80, 0xFF] as [UInt8] {
                var text = text
                text[offset] = wrong
                #expect(throws: Base64.Fault.character(offset: offset)) { try Base64.decode(text.span) }
            }
        }
    }

    @Test(arguments: [
        ("a", Base64.Fault.length), ("aG", .length), ("aGk", .length), ("aGk==", .length), ("=", .length),
        ("aGVs=", .length), ("a===", .length), ("aGk=aGk=", .character(offset: 4)), ("aG k", .character(offset: 2)),
        ("aG-_", .character(offset: 2)), ("aGé=", .character(offset: 2)), ("====", .length),
    ])
    func refusesWhatIsNoBase64(text: String, fault: Base64.Fault) {
        #expect(throws: fault) { try Base64.decode(Array(text.utf8).span) }
    }
}
