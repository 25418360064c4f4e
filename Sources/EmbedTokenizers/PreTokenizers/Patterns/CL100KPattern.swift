// SPDX-License-Identifier: Apache-2.0

/// The pattern of cl100k, Llama 3 and Qwen: words with one other character in front, few digits at a time, lines.
struct CL100KPattern: Sendable {
    /// Most numbers in one match: 3, or 1 for Qwen.
    private let maxNumbers: Int
    private let steps = PatternSteps()

    /// Nothing when `spelling` is not one of this pattern's.
    init?(_ spelling: String) {
        guard let maxNumbers = Self.spellings[spelling] else { return nil }
        self.maxNumbers = maxNumbers
    }

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    private static let symbolsAndSpace = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let spellings = [
        contractions + #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + symbolsAndSpace: 1,
        contractions + #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"# + symbolsAndSpace: 3,
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"#
            + #"\s+(?!\S)|\s+"#: 3,
    ]

    /// The first spelling of each kind, to say what is supported.
    static let supported = [
        contractions + #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + symbolsAndSpace,
        contractions + #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"# + symbolsAndSpace,
    ]

    /// Where the match ends that begins at a range's start; the range is not empty.
    func matchEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let (start, end) = (range.lowerBound, range.upperBound)
        if let end = steps.contraction(text, range, ignoresCase: true) { return end }
        let (kind, length) = steps.scalar(text, at: start)
        if kind.isLetter { return steps.run(text, start..<end) { $0.isLetter } }
        if kind.isNumber { return steps.numbers(text, range, limit: maxNumbers) }
        let second = start + length
        let next = second < end ? steps.scalar(text, at: second).kind : nil
        if let next, next.isLetter, !kind.isNewline { return steps.run(text, second..<end) { $0.isLetter } }
        if kind.isSymbol || kind.isSpace && next?.isSymbol == true {
            let symbolsEnd = steps.run(text, second..<end) { $0.isSymbol }
            return steps.run(text, symbolsEnd..<end) { $0.isNewline }
        }
        return steps.lines(text, range)
    }
}
