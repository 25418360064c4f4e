// SPDX-License-Identifier: Apache-2.0

/// Splits text at the matches of a pattern: a known regular expression, or a text.
struct SplitPreTokenizer: Sendable {
    private enum Pattern: Sendable {
        /// Its matches are the words.
        case words(SplitPattern)
        case literal([UInt8], SplitBehavior, isInverted: Bool)
    }

    private let pattern: Pattern
    /// Whether text behind a range makes the last word longer, if it changes anything.
    let onlyLengthensLastWord: Bool

    init(_ field: TokenizerField) throws(TokenizerError) {
        let behaviorField = try field.member("behavior")
        let behavior = try SplitBehavior(behaviorField)
        let isInverted = try field.member("invert").bool()
        let patternField = try field.member("pattern")
        guard let regex = try patternField.optional("Regex") else {
            let literal = try LiteralPattern.read(patternField)
            pattern = .literal(literal, behavior, isInverted: isInverted)
            onlyLengthensLastWord = literal.count == 1
            return
        }
        // Some files hold line breaks themselves, others their escapes.
        let found = try regex.string().split(separator: "\r", omittingEmptySubsequences: false).joined(separator: "\\r")
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
        guard let known = SplitPattern(found) else {
            throw .unsupported(key: regex.path, found: String(found.prefix(1000)), supported: SplitPattern.supported)
        }
        // Where matches leave no gaps, removing what lies between them is isolating them.
        guard behavior == .removed && isInverted || behavior == .isolated && !known.leavesGaps else {
            throw .unsupported(
                key: behaviorField.path, found: behavior.rawValue,
                supported: known.leavesGaps ? ["Removed, inverted"] : [SplitBehavior.isolated.rawValue])
        }
        pattern = .words(known)
        onlyLengthensLastWord = false
    }

    /// Appends the words of a range; see ``PreTokenizer/split(_:_:into:)``.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        let bytes = text.bytes.span
        switch pattern {
        case .words(let pattern): return pattern.split(bytes, range, into: &words)
        case .literal(let literal, let behavior, let isInverted):
            let firstWord = words.count
            split(bytes, range, at: literal, behavior, isInverted: isInverted, into: &words)
            guard onlyLengthensLastWord else { return range.lowerBound }
            return words.count > firstWord ? words[words.count - 1].lowerBound : range.upperBound
        }
    }

    private func split(
        _ text: Span<UInt8>, _ range: Range<Int>, at literal: [UInt8], _ behavior: SplitBehavior, isInverted: Bool,
        into words: inout [Range<Int>]
    ) {
        var sorter = SplitBehavior.Sorter(behavior)
        var position = range.lowerBound
        while position < range.upperBound {
            let match =
                LiteralPattern.firstMatch(of: literal, in: text, position..<range.upperBound)
                ?? range.upperBound..<range.upperBound
            if position < match.lowerBound {
                sorter.add(position..<match.lowerBound, isMatch: isInverted, to: &words)
            }
            if !match.isEmpty { sorter.add(match, isMatch: !isInverted, to: &words) }
            position = match.upperBound
        }
        sorter.finish(&words)
    }
}
