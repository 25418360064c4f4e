// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Testing

@Suite struct JSONValueTests {
    private func value(_ text: String) throws -> JSONValue {
        try JSONDocument(parsing: Array(text.utf8)).root
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("-42", -42), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil),
        ("1e2", nil), ("99999999999999999999999", nil), ("\"1\"", nil), ("true", nil), ("null", nil), ("[1]", nil),
    ])
    func readsIntegersThatFit(text: String, expected: Int?) throws {
        #expect(try value(text).int == expected)
    }

    @Test(arguments: [
        ("0", 0.0), ("1", 1), ("-1", -1), ("0.1", 0.1), ("-2.5e-3", -2.5e-3), ("1e308", 1e308),
        ("9007199254740993", 9007199254740992), ("-9223372036854775808", -9223372036854775808),
        ("5e-324", 0x1p-1074), ("2.2250738585072011e-308", Double(bitPattern: 0x000F_FFFF_FFFF_FFFF)),
        ("1e400", .infinity),
        ("-1e400", -.infinity), ("1e-400", 0), ("123456789012345678901234567890", 0x1.8ee90ff6c373ep+96),
        ("3.141592653589793238462643383279", 3.141592653589793),
    ])
    func readsDoublesCorrectlyRounded(text: String, expected: Double) throws {
        #expect(try value(text).double == expected)
    }

    @Test func keepsTheSignOfZero() throws {
        #expect(try value("-0").double?.sign == .minus)
        #expect(try value("-0.0").double?.sign == .minus)
        #expect(try value("0").double?.sign == .plus)
    }

    @Test(arguments: [
        ("\"\"", ""), ("\"plain\"", "plain"), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"),
        ("\"\\u0041\\u00e9\\u6771\"", "Aé東"), ("\"\\ud83d\\ude00x\"", "😀x"), ("\"\\uDBFF\\uDFFF\"", "\u{10FFFF}"),
        ("\"a\\u0000b\"", "a\u{0}b"), ("\"é\\u0301漢\"", "é\u{301}漢"), ("\"\\\\u0041\"", "\\u0041"),
    ])
    func decodesStrings(text: String, expected: String) throws {
        let value = try value(text)
        #expect(value.string.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
        #expect(value.utf8 == Array(expected.utf8))
    }

    @Test func answersNothingForAnotherKind() throws {
        let text = try value("\"1\"")
        #expect(text.int == nil)
        #expect(text.double == nil)
        #expect(text.bool == nil)
        #expect(text.elements == nil)
        #expect(text.members == nil)
        #expect(text["a"] == nil)
        #expect(try value("1").string == nil)
        #expect(try value("[]").members == nil)
        #expect(try value("{}").elements == nil)
        #expect(try value("null").isNull)
        #expect(try value("true").bool == true)
        #expect(try value("false").bool == false)
    }

    @Test func findsMembersWhateverTheirSpelling() throws {
        let root = try value("{\"a\":1,\"b\":{\"a\":2},\"\\u0063\":[3],\"d\":null}")
        #expect(root["a"]?.int == 1)
        #expect(root["b"]?["a"]?.int == 2)
        #expect(root["c"]?.count == 1)
        #expect(root["missing"] == nil)
        #expect(root["d"]?.isNull == true)
        #expect(root.nonNull("d") == nil)
        #expect(root.nonNull("a")?.int == 1)
        #expect(root.count == 4)
    }

    @Test func walksElementsAndMembersInOrder() throws {
        let root = try value("[[1,[2]],{\"z\":[0],\"y\":{}},3]")
        let elements = try #require(root.elements)
        #expect(elements.count == 3)
        #expect(elements.map(\.kind) == [.array, .object, .number])
        let members = try #require(root.elements?.dropFirst().first { _ in true }?.members)
        #expect(members.map(\.key) == ["z", "y"])
    }

    @Test func handsOutMembersAsUTF8() throws {
        let root = try value("{\"a\":1,\"\\u00e9\":2,\"\":[3]}")
        var keys: [[UInt8]] = []
        var counts: [Int] = []
        root.forEachMember { key, value in
            keys.append((0..<key.count).map { key[$0] })
            counts.append(value.count)
        }
        #expect(keys == [Array("a".utf8), Array("é".utf8), []])
        #expect(counts == [0, 0, 1])
    }

    @Test func stopsAtTheFirstErrorOfAMember() throws {
        struct Stop: Error {}
        let root = try value("{\"a\":1,\"b\":2}")
        var visited = 0
        #expect(throws: Stop.self) {
            try root.forEachMember { (_, _) throws(Stop) in
                visited += 1
                throw Stop()
            }
        }
        #expect(visited == 1)
    }

    @Test(arguments: [
        ("\"aé\"", "aé", 3), ("\"\\u00e9\"", "é", 6), ("-1.50e3", "-1.50e3", 7), ("null", "null", 4), ("\"\"", "", 0),
    ])
    func lendsTheBytesOfAValue(json: String, text: String, rawByteCount: Int) throws {
        let value = try value(json)
        #expect(value.withUTF8 { bytes in (0..<bytes.count).map { bytes[$0] } } == Array(text.utf8))
        #expect(value.rawByteCount == rawByteCount)
    }
}
