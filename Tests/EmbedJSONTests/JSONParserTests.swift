// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Testing

/// What is JSON and what is not, after RFC 8259; the tables follow the cases of nst/JSONTestSuite.
@Suite struct JSONParserTests {
    private static let accepted = [
        "null", "true", "false", "0", "-0", "-1", "123", "0.5", "-0.5e-7", "1E22", "1e+2", "1E-2", "0e0", "123.456e78",
        "\"\"", "\"a\"", " 1 ", "\t\r\n[]\n", "[]", "[ ]", "{}", "{ }", "[[]]", "[1,2]", "[1 , 2]", "[null,true,false]",
        "{\"a\":1}", "{\"a\" : 1 , \"b\" : [ ] }", "{\"\":0}", "{\"a\":{\"a\":{\"a\":0}}}", "[{},[],\"\",0,null]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\"", "\"\\u00e9\\u00C9\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"",
        "\"\\uD834\\uDd1e\"", "\"\u{7F}\"", "\"\u{80}\"", "\"é漢😀\u{10FFFF}\"", "\"\u{FEFF}\"", "\"\u{2028}\u{2029}\"",
        "[1e400]", "[-9223372036854775808]", "[123456789012345678901234567890]",
    ]

    @Test(arguments: accepted)
    func acceptsJSON(text: String) throws {
        _ = try JSONDocument(parsing: Array(text.utf8))
    }

    @Test func acceptsOneScalarOfEveryUTF8Length() throws {
        for scalar in [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] {
            let character = String(try #require(UnicodeScalar(scalar)))
            #expect(try JSONDocument(parsing: Array("\"\(character)\"".utf8)).root.string == character)
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let reason: JSONError.Reason
        let offset: Int

        init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
            self.init(Array(text.utf8), reason, at: offset)
        }

        init(_ bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
            (self.bytes, self.reason, self.offset) = (bytes, reason, offset)
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self) }
    }

    private static func unexpected(_ text: String, _ character: Unicode.Scalar, at offset: Int) -> Refusal {
        Refusal(text, .unexpectedByte(UInt8(truncatingIfNeeded: character.value)), at: offset)
    }

    private static let structure = [
        Refusal("", .unexpectedEnd, at: 0), Refusal("  ", .unexpectedEnd, at: 2), Refusal("[", .unexpectedEnd, at: 1),
        Refusal("{", .unexpectedEnd, at: 1), Refusal("[1", .unexpectedEnd, at: 2),
        Refusal("[1,", .unexpectedEnd, at: 3),
        Refusal("{\"a\"", .unexpectedEnd, at: 4), Refusal("{\"a\":", .unexpectedEnd, at: 5),
        Refusal("{\"a\":1", .unexpectedEnd, at: 6), Refusal("{\"a\":1,", .unexpectedEnd, at: 7),
        Refusal("tru", .unexpectedEnd, at: 3), Refusal("\"", .unexpectedEnd, at: 1),
        unexpected("]", "]", at: 0), unexpected("}", "}", at: 0), unexpected("[1}", "}", at: 2),
        unexpected("{\"a\":1]", "]", at: 6), unexpected("[,1]", ",", at: 1), unexpected("[1,]", "]", at: 3),
        unexpected("[1,,2]", ",", at: 3), unexpected("[1 2]", "2", at: 3), unexpected("[1:2]", ":", at: 2),
        unexpected("{,}", ",", at: 1), unexpected("{\"a\":1,}", "}", at: 7), unexpected("{\"a\"}", "}", at: 4),
        unexpected("{\"a\",1}", ",", at: 4), unexpected("{\"a\":}", "}", at: 5), unexpected("{a:1}", "a", at: 1),
        unexpected("{1:1}", "1", at: 1), unexpected("{\"a\":1 \"b\":2}", "\"", at: 7),
        unexpected("{'a':1}", "'", at: 1),
        unexpected("nul1", "1", at: 3), unexpected("True", "T", at: 0), unexpected("NaN", "N", at: 0),
        unexpected("Infinity", "I", at: 0), unexpected("// c\n1", "/", at: 0), unexpected("[1,/**/2]", "/", at: 3),
        unexpected("\u{B}1", "\u{B}", at: 0), unexpected("\u{C}1", "\u{C}", at: 0),
        unexpected("\u{A0}1", "\u{C2}", at: 0),
        unexpected("\u{FEFF}1", "\u{EF}", at: 0), unexpected("\u{0}", "\u{0}", at: 0),
        Refusal("1 2", .trailingBytes, at: 2), Refusal("[] []", .trailingBytes, at: 3),
        Refusal("{}}", .trailingBytes, at: 2),
        Refusal("nullx", .trailingBytes, at: 4), Refusal("\"a\"b", .trailingBytes, at: 3),
        Refusal("1\u{0}", .trailingBytes, at: 1), Refusal("1,", .trailingBytes, at: 1),
    ]

    private static let numbers = [
        unexpected("+1", "+", at: 0), unexpected(".5", ".", at: 0), Refusal("-", .unexpectedEnd, at: 1),
        Refusal("-a", .invalidNumber, at: 1), Refusal("--1", .invalidNumber, at: 1),
        Refusal("01", .invalidNumber, at: 1),
        Refusal("-01", .invalidNumber, at: 2), Refusal("1.", .unexpectedEnd, at: 2),
        Refusal("[1.]", .invalidNumber, at: 3),
        Refusal("[1.e1]", .invalidNumber, at: 3), Refusal("1e", .unexpectedEnd, at: 2),
        Refusal("[1e]", .invalidNumber, at: 3),
        Refusal("1e+", .unexpectedEnd, at: 3), Refusal("[1e+-1]", .invalidNumber, at: 4),
        Refusal("0x1", .trailingBytes, at: 1),
        Refusal("1_000", .trailingBytes, at: 1), Refusal("1e1.5", .trailingBytes, at: 3),
        Refusal("-Infinity", .invalidNumber, at: 1),
        Refusal("\u{FF11}", .unexpectedByte(0xEF), at: 0),
    ]

    private static let strings = [
        Refusal("\"a", .unexpectedEnd, at: 2), Refusal("\"\\", .unexpectedEnd, at: 2),
        Refusal("\"\\\"", .unexpectedEnd, at: 3),
        Refusal("\"\n\"", .controlCharacterInString, at: 1), Refusal("\"\u{0}\"", .controlCharacterInString, at: 1),
        Refusal("\"a\u{1F}\"", .controlCharacterInString, at: 2), Refusal("\"\\a\"", .invalidEscape, at: 2),
        Refusal("\"\\x41\"", .invalidEscape, at: 2), Refusal("\"\\'\"", .invalidEscape, at: 2),
        Refusal("\"\\U0041\"", .invalidEscape, at: 2), Refusal("\"\\u004\"", .invalidEscape, at: 6),
        Refusal("\"\\u00G0\"", .invalidEscape, at: 5), Refusal("\"\\u", .unexpectedEnd, at: 3),
        Refusal("\"\\ud800\"", .loneSurrogate, at: 7), Refusal("\"\\udc00\"", .loneSurrogate, at: 7),
        Refusal("\"\\ud800\\ud800\"", .loneSurrogate, at: 13), Refusal("\"\\ud800\\n\"", .loneSurrogate, at: 8),
        Refusal("\"\\ud800a\"", .loneSurrogate, at: 7), Refusal("\"\\ud800\\u0041\"", .loneSurrogate, at: 13),
        Refusal("\"\\ud83d\\", .unexpectedEnd, at: 8),
    ]

    /// A string that holds only these bytes: not UTF-8.
    private static let encodings: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0xAF],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: structure + numbers + strings)
    func refusesWhatIsNoJSON(refusal: Refusal) {
        #expect(throws: JSONError(reason: refusal.reason, offset: refusal.offset)) {
            try JSONDocument(parsing: refusal.bytes)
        }
    }

    @Test(arguments: encodings)
    func refusesWhatIsNoUTF8(bytes: [UInt8]) {
        for text in [[0x22] + bytes + [0x22], [0x7B, 0x22] + bytes + [0x22, 0x3A, 0x30, 0x7D], [0x22] + bytes] {
            let expected = JSONError(reason: .invalidUTF8, offset: text.first == 0x7B ? 2 : 1)
            #expect(throws: expected) { try JSONDocument(parsing: text) }
        }
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", "a", 8), ("{\"a\":1,\"\\u0061\":2}", "a", 8), ("{\"\":1,\"\":2}", "", 7),
        ("{\"x\":{\"b\":1,\"c\":2,\"b\":3}}", "b", 19), ("{\"é\":1,\"\\u00e9\":1}", "é", 9),
    ])
    func refusesADuplicateKey(text: String, key: String, offset: Int) {
        #expect(throws: JSONError(reason: .duplicateKey(key), offset: offset)) {
            try JSONDocument(parsing: Array(text.utf8))
        }
    }

    /// Few members are compared pairwise, many through a table.
    @Test(arguments: [2, 12, 13, 40, 5000])
    func refusesADuplicateKeyHoweverManyThereAre(count: Int) throws {
        let members = (0..<count).map { "\"k\($0)\":{\"k\($0)\":[]}" }
        let text = "{" + members.joined(separator: ",") + "}"
        #expect(try JSONDocument(parsing: Array(text.utf8)).root.count == count)
        for duplicate in [0, count / 2, count - 1] {
            let twice = "{" + members.joined(separator: ",") + ",\"\\u006b\(duplicate)\":0}"
            #expect(throws: JSONError(reason: .duplicateKey("k\(duplicate)"), offset: text.utf8.count + 1)) {
                try JSONDocument(parsing: Array(twice.utf8))
            }
        }
    }

    /// Canonically equivalent spellings are different keys.
    @Test func tellsKeysApartByTheirScalars() throws {
        let root = try JSONDocument(parsing: Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)).root
        #expect(root["\u{E9}"]?.int == 1)
        #expect(root["e\u{301}"]?.int == 2)
    }

    @Test func refusesWhatIsNestedTooDeep() throws {
        let limits = JSONDocument.Limits(depth: 3, byteCount: 100)
        _ = try JSONDocument(parsing: Array("[{\"a\":[]}]".utf8), limits: limits)
        #expect(throws: JSONError(reason: .tooDeep(limit: 3), offset: 3)) {
            try JSONDocument(parsing: Array("[[[[]]]]".utf8), limits: limits)
        }
        #expect(throws: JSONError(reason: .tooDeep(limit: 64), offset: 64)) {
            try JSONDocument(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test func refusesWhatIsTooLarge() throws {
        let limits = JSONDocument.Limits(depth: 3, byteCount: 4)
        _ = try JSONDocument(parsing: Array("null".utf8), limits: limits)
        #expect(throws: JSONError(reason: .tooLarge(limit: 4), offset: 0)) {
            try JSONDocument(parsing: Array("null ".utf8), limits: limits)
        }
    }

    @Test func saysWhatIsWrongAndWhere() {
        #expect("\(JSONError(reason: .unexpectedByte(0x7D), offset: 7))" == "unexpected character '}' at byte 7")
        #expect("\(JSONError(reason: .duplicateKey("a"), offset: 3))" == "duplicate key \"a\" at byte 3")
    }

    /// Whatever is done to a document, it is read or refused.
    @Test func survivesMutations() {
        let seed = Array(
            "{\"a\":[1,-2.5e3,true,false,null,\"x\\n\\u00e9\\ud83d\\ude00é漢😀\"],\"b\":{\"c\":{}},\"d\":[[],[[]]]}".utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: position)
                default: bytes.removeSubrange(position...)
                }
                if bytes.isEmpty { break }
            }
            guard case .success(let document) = Result(catching: { try JSONDocument(parsing: bytes) }) else { continue }
            visit(document.root)
        }
    }

    private func visit(_ value: JSONValue) {
        _ = (value.string, value.utf8, value.int, value.double, value.bool, value.rawText)
        if let elements = value.elements {
            for element in elements { visit(element) }
        }
        if let members = value.members {
            for (key, member) in members {
                #expect(value[key] != nil)
                visit(member)
            }
        }
    }
}
