// SPDX-License-Identifier: Apache-2.0

/// GPT-2's pattern, which `ByteLevel` has built in: words with a space in front, numbers, and runs of symbols.
struct GPT2Pattern: Sendable {
    static let spellings = [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
        #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    ]

    private let steps = PatternSteps()

    /// Where the match ends that begins at a range's start; the range is not empty.
    func matchEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let end = range.upperBound
        if let end = steps.contraction(text, range, ignoresCase: false) { return end }
        var start = range.lowerBound
        var kind = steps.scalar(text, at: start).kind
        if kind.isSpace, start + 1 < end {
            start += 1
            kind = steps.scalar(text, at: start).kind
        }
        if kind.isLetter { return steps.run(text, start..<end) { $0.isLetter } }
        if kind.isNumber { return steps.run(text, start..<end) { $0.isNumber } }
        if kind.isSymbol { return steps.run(text, start..<end) { $0.isSymbol } }
        return steps.whitespace(text, range)
    }
}
