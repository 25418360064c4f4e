// SPDX-License-Identifier: Apache-2.0

/// GPT-2's: a space in front, the pattern's words, and of those the bytes.
///
/// The characters by which the vocabulary spells bytes never appear here; ``BPE`` reads them once, when it loads.
struct ByteLevelPreTokenizer: Sendable {
    /// Whether every text, and every piece between added tokens, begins with a space.
    let addsPrefixSpace: Bool
    let pattern: SplitPattern?

    init(_ field: TokenizerField) throws(TokenizerError) {
        addsPrefixSpace = try field.member("add_prefix_space").bool()
        _ = try field.member("trim_offsets").bool()
        pattern = try field.optional("use_regex")?.bool() ?? true ? .gpt2(GPT2Pattern()) : nil
    }

    /// Appends the words of a range; see ``PreTokenizer/split(_:_:into:)``.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        if let pattern { return pattern.split(text.bytes.span, range, into: &words) }
        if !range.isEmpty { words.append(range) }
        return range.lowerBound
    }
}
