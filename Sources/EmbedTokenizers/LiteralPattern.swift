// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// A pattern that tokenizer.json gives as a text to be found as it is: `{"String": " "}`.
enum LiteralPattern {
    /// Longest pattern: the search is naive, and those in use have a few characters.
    private static let maxByteCount = 64

    /// Reads a pattern, which must not be a regular expression.
    static func read(_ field: TokenizerField) throws(TokenizerError) -> [UInt8] {
        guard let literal = try field.optional("String") else {
            let regex = try field.optional("Regex")?.string()
            let found = regex.map { "the regular expression \"\($0.prefix(1000))\"" } ?? field.value.kind.name
            throw .unsupported(key: field.path, found: found, supported: ["String"])
        }
        let bytes = try literal.utf8()
        guard !bytes.isEmpty, bytes.count <= maxByteCount else {
            throw .invalid(key: literal.path, reason: "has \(bytes.count) bytes; expected 1 to \(maxByteCount)")
        }
        return bytes
    }

    /// The first place in a range where `pattern` stands.
    static func firstMatch(of pattern: [UInt8], in text: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        let pattern = pattern.span
        var position = range.lowerBound
        while position + pattern.count <= range.upperBound {
            var length = 0
            while length < pattern.count, text[position + length] == pattern[length] { length += 1 }
            if length == pattern.count { return position..<position + length }
            position += 1
        }
        return nil
    }
}
