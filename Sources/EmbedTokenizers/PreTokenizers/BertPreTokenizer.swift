// SPDX-License-Identifier: Apache-2.0

/// Splits at white space, which goes, and around punctuation, of which every scalar is a word.
struct BertPreTokenizer: Sendable {
    private enum Class: UInt8 {
        case letter
        case whitespace
        case punctuation
    }

    private let asciiClasses: [Class]
    private let tables = UnicodeTables.shared

    init() {
        let tables = tables
        asciiClasses = (0..<128).map { Self.classify(tables.properties(of: $0)) }
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        let text = text.bytes.span
        let asciiClasses = asciiClasses.span
        var wordStart = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = text[position]
            let kind: Class
            var length = 1
            if byte < 0x80 {
                kind = asciiClasses[Int(byte)]
            } else {
                let decoded = UTF8Decoding.scalar(text, at: position)
                length = decoded.length
                kind = Self.classify(tables.properties(of: decoded.scalar))
            }
            if kind != .letter {
                if wordStart < position { words.append(wordStart..<position) }
                wordStart = position + length
                if kind == .punctuation { words.append(position..<wordStart) }
            }
            position += length
        }
        if wordStart < position { words.append(wordStart..<position) }
    }

    @inline(__always)
    private static func classify(_ properties: UnicodeTables.Properties) -> Class {
        if properties.isWhitespace { return .whitespace }
        return properties.isPunctuation ? .punctuation : .letter
    }
}
