// SPDX-License-Identifier: Apache-2.0

/// A parsed JSON text: the bytes and a flat list of nodes that point into them.
///
/// Strict RFC 8259: one value, no comments, no trailing commas, valid UTF-8, no lone surrogates, no duplicate keys.
/// Strings are decoded and numbers converted only when they are read, so a 17 MB tokenizer costs one pass and one array.
///
/// - Complexity: parsing is O(bytes); looking up a key is O(members of that object).
package struct JSONDocument: Sendable {
    /// What the parser refuses, to bound memory and stack on hostile input.
    package struct Limits: Sendable {
        /// Deepest nesting of arrays and objects.
        package var depth: Int
        /// Longest input in bytes; offsets are stored in 32 bits, so never above `UInt32.max`.
        package var byteCount: Int

        /// For files of a model: generous, still bounded.
        package static let files = Limits(depth: 64, byteCount: 512 << 20)
        /// For request bodies; the length is bounded by the server before.
        package static let requests = Limits(depth: 16, byteCount: 512 << 20)

        package init(depth: Int, byteCount: Int) {
            self.depth = depth
            self.byteCount = byteCount
        }
    }

    /// One value; a key of an object is a string node right before its value.
    struct Node: Sendable {
        var kind: JSONValue.Kind
        /// For strings: whether the content holds escapes.
        var hasEscapes: Bool = false
        /// First byte of the value; for strings the one after the quote.
        var start: UInt32
        /// One past the last byte; for strings the closing quote.
        var end: UInt32
        /// Index of the node after this value and everything inside it.
        var next: UInt32 = 0
        /// Elements of an array or members of an object.
        var count: UInt32 = 0

        /// Where the value stands in the input.
        var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// What every value of the document shares: one reference, so that a value is cheap to copy.
    final class Storage: Sendable {
        let bytes: [UInt8]
        let nodes: [Node]

        init(bytes: [UInt8], nodes: [Node]) {
            self.bytes = bytes
            self.nodes = nodes
        }
    }

    let storage: Storage

    /// The document's one value.
    package var root: JSONValue { JSONValue(storage: storage, index: 0) }

    /// Parses `bytes`, which must be exactly one JSON value with optional white space around it.
    ///
    /// - Throws: ``JSONError`` with the byte offset of the first fault.
    package init(parsing bytes: [UInt8], limits: Limits = .files) throws(JSONError) {
        guard bytes.count <= min(limits.byteCount, Int(UInt32.max) - 1) else {
            throw JSONError(reason: .tooLarge(limit: limits.byteCount), offset: 0)
        }
        var parser = JSONParser(byteCount: bytes.count, maxDepth: limits.depth)
        try parser.parse(bytes.span)
        storage = Storage(bytes: bytes, nodes: parser.nodes)
    }
}
