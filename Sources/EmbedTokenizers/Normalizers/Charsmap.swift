// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// SentencePiece's compiled table of replacements: a double-array trie, and the replacements it points to.
///
/// The blob is the trie's size in bytes, its little-endian 32-bit units, and the replacements, each ended by a zero byte.
/// A unit holds a label in its low byte, whether a key ends (bit 8) and the distance to its children; the unit of a key's
/// end holds the replacement's position. Nothing in the blob is trusted: every step is checked against its bounds.
struct Charsmap: Sendable {
    /// Longest replacement in bytes, so that a table can't make gigabytes of a text; NFKC's longest has 33.
    private static let longestReplacement = 1024

    /// Longest key in bytes, which bounds the time that a table of endless keys takes; NFKC's longest has 18.
    static let longestKey = 1024

    private let units: [UInt32]
    private let replacements: [UInt8]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let text = try field.utf8()
        let blob: [UInt8]
        do throws(Base64.Fault) {
            blob = try Base64.decode(text.span)
        } catch {
            throw .invalid(key: field.path, reason: "is not base64")
        }
        try self.init(blob, key: field.path)
    }

    /// Reads a table; `key` names it in errors.
    init(_ blob: [UInt8], key: String) throws(TokenizerError) {
        let size = blob.count >= 4 ? Int(Self.number(blob, at: 0)) : 0
        guard size >= 4, size <= blob.count - 4 else {
            throw .invalid(key: key, reason: "has \(blob.count) bytes, too few for the trie it announces")
        }
        units = (0..<size / 4).map { Self.number(blob, at: 4 + $0 * 4) }
        // Like the reference, whose trie ends at the last whole unit.
        replacements = Array(blob[(4 + size / 4 * 4)...])
        var (position, start) = (0, 0)
        while position < replacements.count {
            let (scalar, length) = UTF8Decoding.scalar(replacements.span, at: position)
            guard scalar != 0xFFFD || length == 3 else {
                throw .invalid(key: key, reason: "has replacements that are not UTF-8")
            }
            position += length
            if scalar == 0 { start = position }
            guard position - start <= Self.longestReplacement else {
                throw .invalid(
                    key: key, reason: "has a replacement of more than \(Self.longestReplacement) bytes")
            }
        }
    }

    /// The replacement for a range of `text`: that of the shortest key with which the range begins.
    ///
    /// The shortest, and the rest of the range goes with it: that is what the reference does.
    func replacement(for text: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        var walk = Walk(root: units[0])
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = text[position]
            if byte < 0x80 {
                guard walk.step(byte, units) else { return found(walk) }
                position += 1
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if scalar == 0xFFFD {
                guard walk.step(0xEF, units), walk.step(0xBF, units), walk.step(0xBD, units) else { return found(walk) }
            } else {
                for offset in 0..<length {
                    guard walk.step(text[position + offset], units) else { return found(walk) }
                }
            }
            position += length
        }
        return nil
    }

    /// The longest key with which a range of `text` begins, by its end, and its replacement.
    ///
    /// What SentencePiece itself does, byte by byte.
    func longestReplacement(for text: Span<UInt8>, _ range: Range<Int>) -> (end: Int, replacement: Range<Int>)? {
        let units = units.span
        var walk = Walk(root: units[0])
        var best: (end: Int, value: Int)?
        for position in range.prefix(Self.longestKey) {
            guard walk.advance(text[position], units) else { break }
            if let value = walk.value(units) { best = (position + 1, value) }
        }
        guard let best, let replacement = replacement(at: best.value) else { return nil }
        return (best.end, replacement)
    }

    /// The bytes of a replacement.
    var bytes: [UInt8] { replacements }

    private func found(_ walk: Walk) -> Range<Int>? {
        walk.value.flatMap { replacement(at: $0) }
    }

    private func replacement(at value: Int) -> Range<Int>? {
        guard value <= replacements.count else { return nil }
        var end = value
        while end < replacements.count, replacements[end] != 0 { end += 1 }
        return value..<end
    }

    private static func number(_ blob: [UInt8], at position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(blob[position + $1]) << UInt32($1 * 8) }
    }

    /// A walk from the root along the bytes of a key.
    private struct Walk {
        private var node: Int
        private(set) var value: Int?
        private var endsKey = false

        init(root: UInt32) {
            node = Self.offset(root)
        }

        /// Goes on by one byte.
        ///
        /// - Returns: Whether to go on further: no key ended here and there is a way.
        @inline(__always)
        mutating func step(_ byte: UInt8, _ units: [UInt32]) -> Bool {
            guard byte != 0 else { return false }
            node ^= Int(byte)
            guard node < units.count else { return false }
            let unit = units[node]
            guard unit & 0x8000_00FF == UInt32(byte) else { return false }
            node ^= Self.offset(unit)
            guard unit & 0x100 != 0 else { return true }
            if node < units.count { value = Int(units[node] & 0x7FFF_FFFF) }
            return false
        }

        /// Goes on by one byte, past the ends of keys.
        ///
        /// - Returns: Whether there is a way.
        @inline(__always)
        mutating func advance(_ byte: UInt8, _ units: Span<UInt32>) -> Bool {
            guard byte != 0 else { return false }
            node ^= Int(byte)
            guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return false }
            endsKey = units[node] & 0x100 != 0
            node ^= Self.offset(units[node])
            return true
        }

        /// The position of the replacement, if a key ends where ``advance(_:_:)`` has come to.
        func value(_ units: Span<UInt32>) -> Int? {
            endsKey && node < units.count ? Int(units[node] & 0x7FFF_FFFF) : nil
        }

        private static func offset(_ unit: UInt32) -> Int {
            Int(unit >> 10) << Int((unit & 0x200) >> 6)
        }
    }
}
