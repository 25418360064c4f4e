// SPDX-License-Identifier: Apache-2.0

/// Builds the node list of a ``JSONDocument`` in one pass, without recursion.
struct JSONParser {
    private(set) var nodes: [JSONDocument.Node] = []
    private let maxDepth: Int
    private var position = 0
    /// Indices of the arrays and objects that are still open.
    private var open: [Int] = []

    /// An object with more members than this has its keys compared through a set.
    private static let linearKeyLimit = 12

    init(byteCount: Int, maxDepth: Int) {
        self.maxDepth = maxDepth
        // A vocabulary has a node every eight bytes; a request of long texts far fewer.
        nodes.reserveCapacity(min(byteCount / 7, 1 << 17) + 8)
    }

    /// Parses all of `bytes`.
    mutating func parse(_ bytes: Span<UInt8>) throws(JSONError) {
        skipWhitespace(bytes)
        try parseValue(bytes)
        while let container = open.last {
            skipWhitespace(bytes)
            let isObject = nodes[container].kind == .object
            let byte = try peek(bytes)
            if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                position += 1
                try close(container, bytes)
                continue
            }
            if nodes[container].count > 0 {
                guard byte == UInt8(ascii: ",") else { throw fail(.unexpectedByte(byte)) }
                position += 1
                skipWhitespace(bytes)
            }
            if isObject { try parseKey(bytes) }
            nodes[container].count += 1
            try parseValue(bytes)
        }
        skipWhitespace(bytes)
        guard position == bytes.count else { throw fail(.trailingBytes) }
    }

    /// Parses a scalar whole, or opens an array or object.
    private mutating func parseValue(_ bytes: Span<UInt8>) throws(JSONError) {
        let byte = try peek(bytes)
        switch byte {
        case UInt8(ascii: "\""): try parseString(bytes)
        case UInt8(ascii: "{"): try openContainer(.object)
        case UInt8(ascii: "["): try openContainer(.array)
        case UInt8(ascii: "t"): try parseWord("true", .true, bytes)
        case UInt8(ascii: "f"): try parseWord("false", .false, bytes)
        case UInt8(ascii: "n"): try parseWord("null", .null, bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber(bytes)
        default: throw fail(.unexpectedByte(byte))
        }
    }

    /// A key and its colon.
    private mutating func parseKey(_ bytes: Span<UInt8>) throws(JSONError) {
        let quote = try peek(bytes)
        guard quote == UInt8(ascii: "\"") else { throw fail(.unexpectedByte(quote)) }
        try parseString(bytes)
        skipWhitespace(bytes)
        let colon = try peek(bytes)
        guard colon == UInt8(ascii: ":") else { throw fail(.unexpectedByte(colon)) }
        position += 1
        skipWhitespace(bytes)
    }

    private mutating func openContainer(_ kind: JSONValue.Kind) throws(JSONError) {
        guard open.count < maxDepth else { throw fail(.tooDeep(limit: maxDepth)) }
        open.append(nodes.count)
        nodes.append(JSONDocument.Node(kind: kind, start: UInt32(position), end: 0))
        position += 1
    }

    private mutating func close(_ container: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        open.removeLast()
        nodes[container].end = UInt32(position)
        nodes[container].next = UInt32(nodes.count)
        if nodes[container].kind == .object { try refuseDuplicateKeys(container, bytes) }
    }

    private mutating func parseWord(_ word: String, _ kind: JSONValue.Kind, _ bytes: Span<UInt8>) throws(JSONError) {
        let start = position
        for expected in word.utf8 {
            let byte = try peek(bytes)
            guard byte == expected else { throw fail(.unexpectedByte(byte)) }
            position += 1
        }
        appendScalar(kind, from: start)
    }

    private mutating func parseNumber(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if try peek(bytes) == UInt8(ascii: "0") {
            position += 1
        } else {
            try parseDigits(bytes)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try parseDigits(bytes)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try peek(bytes)
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try parseDigits(bytes)
        }
        if position < bytes.count, isDigit(bytes[position]) { throw fail(.invalidNumber) }
        appendScalar(.number, from: start)
    }

    /// One digit or more.
    private mutating func parseDigits(_ bytes: Span<UInt8>) throws(JSONError) {
        guard isDigit(try peek(bytes)) else { throw fail(.invalidNumber) }
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    }

    private mutating func parseString(_ bytes: Span<UInt8>) throws(JSONError) {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainASCII(bytes)
            let byte = try peek(bytes)
            switch byte {
            case UInt8(ascii: "\""):
                nodes.append(
                    JSONDocument.Node(
                        kind: .string, hasEscapes: hasEscapes, start: UInt32(start), end: UInt32(position),
                        next: UInt32(nodes.count + 1)))
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try parseEscape(bytes)
            case 0..<0x20: throw fail(.controlCharacterInString)
            default: try parseMultibyte(byte, bytes)
            }
        }
    }

    /// Moves to the next byte of a string that needs a decision.
    private mutating func skipPlainASCII(_ bytes: Span<UInt8>) {
        var next = position
        while next < bytes.count {
            let byte = bytes[next]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            next += 1
        }
        position = next
    }

    private mutating func parseEscape(_ bytes: Span<UInt8>) throws(JSONError) {
        position += 1
        switch try peek(bytes) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try parseCodeUnit(bytes)
            if unit >= 0xDC00, unit < 0xE000 { throw fail(.loneSurrogate) }
            if unit >= 0xD800, unit < 0xDC00 {
                guard try peek(bytes) == UInt8(ascii: "\\") else { throw fail(.loneSurrogate) }
                position += 1
                guard try peek(bytes) == UInt8(ascii: "u") else { throw fail(.loneSurrogate) }
                position += 1
                let low = try parseCodeUnit(bytes)
                guard low >= 0xDC00, low < 0xE000 else { throw fail(.loneSurrogate) }
            }
        default: throw fail(.invalidEscape)
        }
    }

    private mutating func parseCodeUnit(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = JSONEscapes.hexValue(try peek(bytes)) else { throw fail(.invalidEscape) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Checks one scalar of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func parseMultibyte(_ lead: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fail(.invalidUTF8)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { throw fail(.invalidUTF8) }
        for offset in 2..<max(length, 2) where bytes[position + offset] & 0xC0 != 0x80 { throw fail(.invalidUTF8) }
        position += length
    }

    /// Refuses an object in which a key stands twice, in whatever spelling.
    private func refuseDuplicateKeys(_ container: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        let count = Int(nodes[container].count)
        guard count > 1 else { return }
        let end = Int(nodes[container].next)
        var key = container + 1
        if count <= Self.linearKeyLimit {
            while key < end {
                var earlier = container + 1
                while earlier < key {
                    if JSONKeySet.areEqual(nodes[earlier], nodes[key], bytes) { throw duplicate(key, bytes) }
                    earlier = Int(nodes[earlier + 1].next)
                }
                key = Int(nodes[key + 1].next)
            }
            return
        }
        var seen = JSONKeySet(keyCount: count)
        while key < end {
            if seen.insert(key, nodes: nodes, bytes: bytes) { throw duplicate(key, bytes) }
            key = Int(nodes[key + 1].next)
        }
    }

    private func duplicate(_ index: Int, _ bytes: Span<UInt8>) -> JSONError {
        let key = String(decoding: JSONEscapes.decode(bytes, nodes[index].range).prefix(64), as: UTF8.self)
        return JSONError(reason: .duplicateKey(key), offset: Int(nodes[index].start))
    }

    private mutating func appendScalar(_ kind: JSONValue.Kind, from start: Int) {
        nodes.append(
            JSONDocument.Node(
                kind: kind, start: UInt32(start), end: UInt32(position), next: UInt32(nodes.count + 1)))
    }

    private func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw fail(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    private func fail(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }
}
