// SPDX-License-Identifier: Apache-2.0

/// The pattern of o200k (GPT-4o, gpt-oss): as cl100k, but words also end where lower case goes over into upper case, and
/// take their contraction with them.
///
/// Mistral's Tekken leaves contractions apart, and every number alone.
struct O200KPattern: Sendable {
    static let spellings = [
        spelling(contraction: "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", numbers: #"\p{N}{1,3}"#),
        spelling(contraction: "", numbers: #"\p{N}"#),
    ]

    private let isTekken: Bool
    private let steps = PatternSteps()

    /// Nothing when `spelling` is not one of this pattern's.
    init?(_ spelling: String) {
        guard let index = Self.spellings.firstIndex(of: spelling) else { return nil }
        isTekken = index == 1
    }

    private static func spelling(contraction: String, numbers: String) -> String {
        let (upper, lower) = (#"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#, #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#)
        let prefix = #"[^\r\n\p{L}\p{N}]?"#
        return "\(prefix)\(upper)*\(lower)+\(contraction)|\(prefix)\(upper)+\(lower)*\(contraction)|\(numbers)"
            + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// Where the match ends that begins at a range's start; the range is not empty.
    func matchEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let (start, end) = (range.lowerBound, range.upperBound)
        let (kind, length) = steps.scalar(text, at: start)
        if kind.isNumber { return steps.numbers(text, range, limit: isTekken ? 1 : 3) }
        let second = start + length
        let isPrefix = !kind.isLetter && !kind.isNewline
        let word =
            (isPrefix ? capitalized(text, second..<end) : nil) ?? capitalized(text, range)
            ?? (isPrefix ? uppercased(text, second..<end) : nil) ?? uppercased(text, range)
        if let word { return isTekken ? word : steps.contraction(text, word..<end, ignoresCase: true) ?? word }
        if kind.isSymbol || kind.isSpace && second < end && steps.scalar(text, at: second).kind.isSymbol {
            var position = steps.run(text, second..<end) { $0.isSymbol }
            while position < end, isLineEnd(text[position]) { position += 1 }
            return position
        }
        return steps.lines(text, range)
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`.
    private func capitalized(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var position = range.lowerBound
        // Behind the last scalar that could belong to either half.
        var lastCommon: Int?
        while position < range.upperBound {
            let (kind, length) = steps.scalar(text, at: position)
            guard kind.isUpperLike else { break }
            position += length
            if kind.isLowerLike { lastCommon = position }
        }
        let end = steps.run(text, position..<range.upperBound) { $0.isLowerLike }
        return end > position ? end : lastCommon
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+`, where nothing of lower case follows, or ``capitalized(_:_:)`` would match.
    private func uppercased(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let end = steps.run(text, range) { $0.isUpperLike }
        return end > range.lowerBound ? end : nil
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "/")
    }
}
