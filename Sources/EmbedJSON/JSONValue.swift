// SPDX-License-Identifier: Apache-2.0

/// One value of a ``JSONDocument``: a cheap view, decoded when read.
///
/// Accessors answer `nil` for a value of another kind; they never convert between kinds.
package struct JSONValue: Sendable {
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object

        /// The words of an error message, such as "a string".
        package var name: String {
            switch self {
            case .null: "null"
            case .false, .true: "a boolean"
            case .number: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        }
    }

    let storage: JSONDocument.Storage
    let index: Int

    /// `{}`.
    package static let emptyObject = JSONValue(
        storage: JSONDocument.Storage(
            bytes: Array("{}".utf8), nodes: [JSONDocument.Node(kind: .object, start: 0, end: 2, next: 1)]), index: 0)

    private var node: JSONDocument.Node { storage.nodes[index] }

    package var kind: Kind { node.kind }
    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        case .null, .number, .string, .array, .object: nil
        }
    }

    /// The number when it is written as an integer (no fraction, no exponent) and fits 64 bits.
    package var int: Int? {
        let node = node
        guard node.kind == .number else { return nil }
        let source = storage.bytes
        let bytes = source.span
        var position = Int(node.start)
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var value = 0
        while position < Int(node.end) {
            let digit = Int(bytes[position]) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
            position += 1
        }
        return value
    }

    /// The number, correctly rounded; infinite when it is too large for a double.
    package var double: Double? {
        guard kind == .number else { return nil }
        // Exact below 2^53; zero is left to the slow way, which knows "-0".
        if let small = int, small != 0, small.magnitude < 1 << 53 { return Double(small) }
        return Double(rawText)
    }

    /// The value's bytes as they stand in the input; a string without its quotes and with its escapes.
    package var rawText: String {
        String(decoding: storage.bytes[node.range], as: UTF8.self)
    }

    /// The value as JSON, exactly as it stands in the input.
    package var json: String { kind == .string ? "\"\(rawText)\"" : rawText }

    package var string: String? {
        guard kind == .string else { return nil }
        return node.hasEscapes ? String(decoding: unescaped(), as: UTF8.self) : rawText
    }

    /// A string's UTF-8, unescaped.
    package var utf8: [UInt8]? {
        guard kind == .string else { return nil }
        return node.hasEscapes ? unescaped() : Array(storage.bytes[node.range])
    }

    /// Elements of an array or members of an object; zero for any other kind.
    package var count: Int { Int(node.count) }

    /// The elements of an array, in order.
    package var elements: Elements? {
        guard kind == .array else { return nil }
        return Elements(storage: storage, first: index + 1, end: Int(node.next), count: count)
    }

    /// The members of an object, in the input's order.
    package var members: Members? {
        guard kind == .object else { return nil }
        return Members(storage: storage, first: index + 1, end: Int(node.next), count: count)
    }

    /// The member named `key`; `nil` when it is missing or this is no object.
    package subscript(key: String) -> JSONValue? {
        guard kind == .object else { return nil }
        let end = Int(node.next)
        var position = index + 1
        while position < end {
            if JSONValue(storage: storage, index: position).equals(key.utf8.span) {
                return JSONValue(storage: storage, index: position + 1)
            }
            position = Int(storage.nodes[position + 1].next)
        }
        return nil
    }

    /// The member named `key` unless it is missing or null.
    package func nonNull(_ key: String) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// Calls `body` with every member of an object, in the input's order; the key as UTF-8, unescaped.
    ///
    /// For vocabularies: nothing is allocated for a key without escapes. Does nothing for any other kind of value.
    package func forEachMember<Failure: Error>(
        _ body: (_ key: Span<UInt8>, _ value: JSONValue) throws(Failure) -> Void
    ) throws(Failure) {
        guard kind == .object else { return }
        let source = storage.bytes
        let bytes = source.span
        let end = Int(node.next)
        var position = index + 1
        while position < end {
            let key = storage.nodes[position]
            let value = JSONValue(storage: storage, index: position + 1)
            if key.hasEscapes {
                let text = JSONEscapes.decode(bytes, key.range)
                try body(text.span, value)
            } else {
                try body(bytes.extracting(key.range), value)
            }
            position = Int(storage.nodes[position + 1].next)
        }
    }

    private func equals(_ wanted: Span<UInt8>) -> Bool {
        if node.hasEscapes {
            let text = unescaped()
            return Self.areEqual(text.span, wanted)
        }
        let source = storage.bytes
        let bytes = source.span
        return Self.areEqual(bytes.extracting(node.range), wanted)
    }

    private static func areEqual(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        for offset in 0..<first.count where first[offset] != second[offset] { return false }
        return true
    }

    private func unescaped() -> [UInt8] {
        let source = storage.bytes
        return JSONEscapes.decode(source.span, node.range)
    }

    /// The elements of an array.
    package struct Elements: Sequence, IteratorProtocol, Sendable {
        let storage: JSONDocument.Storage
        var first: Int
        let end: Int
        /// How many there were at the start.
        package let count: Int

        package mutating func next() -> JSONValue? {
            guard first < end else { return nil }
            let value = JSONValue(storage: storage, index: first)
            first = Int(storage.nodes[first].next)
            return value
        }
    }

    /// The members of an object.
    package struct Members: Sequence, IteratorProtocol, Sendable {
        let storage: JSONDocument.Storage
        var first: Int
        let end: Int
        /// How many there were at the start.
        package let count: Int

        package mutating func next() -> (key: String, value: JSONValue)? {
            guard first < end else { return nil }
            let key = JSONValue(storage: storage, index: first)
            let value = JSONValue(storage: storage, index: first + 1)
            first = Int(storage.nodes[first + 1].next)
            return (key.string ?? "", value)
        }
    }
}
