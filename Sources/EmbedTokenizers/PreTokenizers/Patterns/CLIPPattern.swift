// SPDX-License-Identifier: Apache-2.0

/// CLIP's pattern: contractions, runs of letters, single numbers and runs of symbols; white space belongs to none.
struct CLIPPattern: Sendable {
    private static let words = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#

    /// Transformers' class, and the files that were published before it named its special tokens.
    static let spellings = [#"<\|startoftext\|>|<\|endoftext\|>|"# + words, words]

    private static let tokens = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.utf8) }

    /// Whether its special tokens are words of their own.
    private let knowsTokens: Bool
    private let steps = PatternSteps()

    /// Nothing when `spelling` is not one of this pattern's.
    init?(_ spelling: String) {
        guard let index = Self.spellings.firstIndex(of: spelling) else { return nil }
        knowsTokens = index == 0
    }

    /// Appends the matches in a range; see ``SplitPattern/split(_:_:into:)``.
    func split(_ text: Span<UInt8>, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        let end = range.upperBound
        // Text behind the range can only go on with its last match, unless that makes a contraction or a special token of
        // several.
        var firstOpen: Int?
        var lastStart: Int?
        var position = range.lowerBound
        while position < end {
            let (kind, length) = steps.scalar(text, at: position)
            if kind.isWhitespace {
                position += length
                continue
            }
            if firstOpen == nil, end - position < Self.tokens[0].count,
                text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "<")
            {
                firstOpen = position
            }
            let next = matchEnd(text, position..<end, kind, length)
            words.append(position..<next)
            lastStart = position
            position = next
        }
        return firstOpen ?? lastStart ?? end
    }

    /// Where the match ends that begins at a range's start with a scalar of some kind and length.
    private func matchEnd(_ text: Span<UInt8>, _ range: Range<Int>, _ kind: ScalarClass, _ length: Int) -> Int {
        if kind.isLetter { return steps.run(text, range) { $0.isLetter } }
        if kind.isNumber { return range.lowerBound + length }
        if knowsTokens, text[range.lowerBound] == UInt8(ascii: "<") {
            for token in Self.tokens where range.count >= token.count {
                let candidate = range.lowerBound..<range.lowerBound + token.count
                if LiteralPattern.firstMatch(of: token, in: text, candidate) != nil { return candidate.upperBound }
            }
        }
        return steps.contraction(text, range, ignoresCase: false) ?? steps.run(text, range) { $0.isSymbol }
    }
}
