// SPDX-License-Identifier: Apache-2.0

/// What Python's `str` says of text, where a reference written in Python asks it.
enum PythonText {
    /// `str.isspace`, which knows four separators more than Unicode's property.
    static func isSpace(_ scalar: UInt32) -> Bool {
        0x1C...0x1F ~= scalar || UnicodeTables.shared.properties(of: scalar).isWhitespace
    }

    /// `string.punctuation`.
    static func isPunctuation(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Whether the capital sigma at `position` of a range ends a word, so that `str.lower` makes "ς" of it.
    ///
    /// - Complexity: O(characters around it that have no case); over a whole text O(bytes).
    static func isFinalSigma(_ text: Span<UInt8>, _ range: Range<Int>, at position: Int) -> Bool {
        var start = position
        var hasLetterBefore = false
        while start > range.lowerBound {
            start = UTF8Decoding.previousStart(text, before: start)
            let properties = properties(text, at: start)
            if properties.isCaseIgnorable { continue }
            hasLetterBefore = properties.isCased
            break
        }
        guard hasLetterBefore else { return false }
        var next = position + UTF8Decoding.scalar(text, at: position).length
        while next < range.upperBound {
            let properties = properties(text, at: next)
            guard properties.isCaseIgnorable else { return !properties.isCased }
            next += UTF8Decoding.scalar(text, at: next).length
        }
        return true
    }

    private static func properties(_ text: Span<UInt8>, at position: Int) -> Unicode.Scalar.Properties {
        (Unicode.Scalar(UTF8Decoding.scalar(text, at: position).scalar) ?? "\u{FFFD}").properties
    }
}
