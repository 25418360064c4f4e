// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func separatesWhatStandsSideBySide() {
        let text = written { json in
            json.object { json in
                json.member("a", "x")
                json.member("b", 1)
                json.member("c", true)
                json.member("d", orNull: nil)
                json.member("e") { json in
                    json.array { json in
                        json.int(1)
                        json.string("y")
                        json.object { _ in }
                        json.array { _ in }
                        json.null()
                        json.bool(false)
                        json.double(0.5)
                    }
                }
                json.member("f") { $0.array(of: [1, 2.5]) }
                json.member("g") { $0.asciiString { $0.append(contentsOf: Array("AAAA".utf8)) } }
                json.member("h", orNull: "z")
            }
        }
        #expect(
            text == "{\"a\":\"x\",\"b\":1,\"c\":true,\"d\":null,\"e\":[1,\"y\",{},[],null,false,0.5],"
                + "\"f\":[1.0,2.5],\"g\":\"AAAA\",\"h\":\"z\"}")
    }

    @Test func writesEmptyArraysOfNumbers() {
        #expect(written { $0.array(of: []) } == "[]")
    }

    @Test func escapesWhatMustBeEscaped() {
        #expect(
            written { $0.string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é漢😀") }
                == "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\\u007fé漢😀\"")
    }

    @Test func writesStringsThatReadBack() throws {
        for first in stride(from: UInt32(0), to: 0x11_0000, by: 0x101) {
            let text = (first..<min(first + 40, 0x11_0000)).compactMap(UnicodeScalar.init).map(String.init).joined()
            var writer = JSONWriter()
            writer.object { $0.member(text, text) }
            let root = try JSONDocument(parsing: writer.bytes).root
            #expect(root[text]?.utf8 == Array(text.utf8))
        }
    }

    @Test func writesNumbersThatReadBack() throws {
        var random = SystemRandomNumberGenerator()
        let special: [Float] = [
            0, -0.0, 1, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1e16, 1e-5,
        ]
        let floats =
            special
            + (0..<5000).map { _ in Float(bitPattern: UInt32.random(in: .min ... .max, using: &random)) }
            .filter(\.isFinite)
        var writer = JSONWriter()
        writer.array(of: floats[...])
        let elements = try #require(try JSONDocument(parsing: writer.bytes).root.elements)
        for (element, float) in zip(elements, floats) {
            #expect(element.double.map { Float($0).bitPattern } == float.bitPattern)
        }
        for double in [0.1, -1e300, 0x1p-1074, 1e21, 123456789.125] {
            var writer = JSONWriter()
            writer.double(double)
            #expect(try JSONDocument(parsing: writer.bytes).root.double == double)
        }
        for int in [0, -1, .max, .min] {
            var writer = JSONWriter()
            writer.int(int)
            #expect(try JSONDocument(parsing: writer.bytes).root.int == int)
        }
    }
}
