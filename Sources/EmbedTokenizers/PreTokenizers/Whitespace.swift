// SPDX-License-Identifier: Apache-2.0

/// Splits into runs of word characters and runs of other ones, white space between them gone: `\w+|[^\w\s]+`.
struct Whitespace: Sendable {
    private enum Class: UInt8 {
        case word
        case whitespace
        case other
    }

    private let asciiClasses: [Class]
    private let tables = UnicodeTables.shared

    init() {
        let tables = tables
        asciiClasses = (0..<128).map { Self.classify(tables.properties(of: $0)) }
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        let text = text.bytes.span
        var start = range.lowerBound
        var position = range.lowerBound
        var current = Class.whitespace
        while position < range.upperBound {
            let byte = text[position]
            var length = 1
            let kind: Class
            if byte < 0x80 {
                kind = asciiClasses[Int(byte)]
            } else {
                let decoded = UTF8Decoding.scalar(text, at: position)
                length = decoded.length
                kind = Self.classify(tables.properties(of: decoded.scalar))
            }
            if kind != current {
                if current != .whitespace { words.append(start..<position) }
                (start, current) = (position, kind)
            }
            position += length
        }
        if current != .whitespace { words.append(start..<position) }
    }

    @inline(__always)
    private static func classify(_ properties: UnicodeTables.Properties) -> Class {
        if properties.isWord { return .word }
        return properties.isWhitespace ? .whitespace : .other
    }
}
