// SPDX-License-Identifier: Apache-2.0

/// A regular expression that splits text into words, recognised by its spelling; one case a family.
///
/// Each is written by hand as steps that never go back, so that every text takes time in proportion. Whatever the
/// text, its matches follow each other without gaps, but for CLIP's: it leaves white space out.
enum SplitPattern: Sendable {
    case clip(CLIPPattern)
    case gpt2(GPT2Pattern)
    case cl100k(CL100KPattern)
    case o200k(O200KPattern)
    case qwen3Point5(Qwen3Point5Pattern)

    static let supported =
        [GPT2Pattern.spellings[0]] + CL100KPattern.supported + O200KPattern.spellings
        + [Qwen3Point5Pattern.spelling] + CLIPPattern.spellings

    /// Nothing when no pattern is spelled so.
    init?(_ spelling: String) {
        if GPT2Pattern.spellings.contains(spelling) {
            self = .gpt2(GPT2Pattern())
        } else if let pattern = CL100KPattern(spelling) {
            self = .cl100k(pattern)
        } else if let pattern = O200KPattern(spelling) {
            self = .o200k(pattern)
        } else if spelling == Qwen3Point5Pattern.spelling {
            self = .qwen3Point5(Qwen3Point5Pattern())
        } else if let pattern = CLIPPattern(spelling) {
            self = .clip(pattern)
        } else {
            return nil
        }
    }

    /// Whether something of a text is in no match.
    var leavesGaps: Bool {
        switch self {
        case .clip: true
        case .gpt2, .cl100k, .o200k, .qwen3Point5: false
        }
    }

    /// Appends the matches in a range.
    ///
    /// - Returns: Where the words begin that text behind the range may change.
    func split(_ text: Span<UInt8>, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        let firstWord = words.count
        switch self {
        case .clip(let pattern): return pattern.split(text, range, into: &words)
        case .gpt2(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = pattern.matchEnd(text, start..<range.upperBound)
                words.append(start..<end)
                start = end
            }
        case .cl100k(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = pattern.matchEnd(text, start..<range.upperBound)
                words.append(start..<end)
                start = end
            }
        case .qwen3Point5(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = pattern.matchEnd(text, start..<range.upperBound)
                words.append(start..<end)
                start = end
            }
        case .o200k(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = pattern.matchEnd(text, start..<range.upperBound)
                words.append(start..<end)
                start = end
            }
        }
        for index in stride(from: words.count - 1, through: firstWord, by: -1) {
            let previous = index > firstWord ? words[index - 1] : nil
            if Self.isSettled(text, beginningOf: words[index], after: previous) { return words[index].lowerBound }
        }
        return range.lowerBound
    }

    /// Whether a word begins where it does whatever follows it.
    ///
    /// What ends before it was cut off by its first scalar that is no white space: a number or symbol that can't go on a
    /// word, or anything behind a space. An apostrophe may become part of the word before, and so may a mark.
    private static func isSettled(
        _ text: Span<UInt8>, beginningOf word: Range<Int>, after previous: Range<Int>?
    ) -> Bool {
        let first = ScalarClass(UTF8Decoding.scalar(text, at: word.lowerBound).scalar)
        if first.isWhitespace { return !isWhitespace(text, word) }
        if first.isNumber || first == .other && text[word.lowerBound] != UInt8(ascii: "'") { return true }
        guard let previous else { return false }
        return isWhitespace(text, previous)
    }

    private static func isWhitespace(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
        UTF8Decoding.trimmingWhitespace(text, word) == word.lowerBound
    }
}
