// SPDX-License-Identifier: Apache-2.0

/// The pattern of Qwen3.5: as Qwen's before, but marks belong to words and not to symbols.
struct Qwen3Point5Pattern: Sendable {
    static let spelling =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"#
        + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

    private let steps = PatternSteps()

    /// Where the match ends that begins at a range's start; the range is not empty.
    func matchEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let (start, end) = (range.lowerBound, range.upperBound)
        if let end = steps.contraction(text, range, ignoresCase: true) { return end }
        let (kind, length) = steps.scalar(text, at: start)
        if kind.isLetterOrMark { return steps.run(text, start..<end) { $0.isLetterOrMark } }
        let second = start + length
        if kind.isNumber { return second }
        let next = second < end ? steps.scalar(text, at: second).kind : nil
        if let next, next.isLetterOrMark, !kind.isNewline {
            return steps.run(text, second..<end) { $0.isLetterOrMark }
        }
        if kind == .other || kind.isSpace && next == .other {
            let symbolsEnd = steps.run(text, second..<end) { $0 == .other }
            return steps.run(text, symbolsEnd..<end) { $0.isNewline }
        }
        return steps.lines(text, range)
    }
}
