// SPDX-License-Identifier: Apache-2.0

/// Text as SentencePiece itself normalises it before it looks for pieces.
///
/// Follows `Normalizer::Normalize` in SentencePiece's normalizer.cc: at each place the longest key of the table counts,
/// where ``Precompiled`` has a grapheme cluster; what users defined stays as it is.
struct SentencePieceNormalizer: Sendable {
    private let charsmap: Charsmap?
    private let userDefined: AddedTokenMatcher
    private let addsDummyPrefix: Bool
    private let removesExtraSpaces: Bool
    /// What a space becomes: "▁" as a rule.
    private let space: UInt32

    init(_ parts: SentencePieceParts, userDefined: AddedTokenMatcher) throws(TokenizerError) {
        charsmap = parts.charsmap.isEmpty ? nil : try Charsmap(parts.charsmap, key: "precompiled_charsmap")
        self.userDefined = userDefined
        addsDummyPrefix = parts.addsDummyPrefix
        removesExtraSpaces = parts.removesExtraSpaces
        space = parts.escapesSpaces ? CanonicalText.mark : 0x20
    }

    /// Appends what `text` becomes to `output`, which is empty.
    ///
    /// - Returns: How much of the result stays as it is whatever may follow `text`.
    func append(_ text: Span<UInt8>, to output: inout AlignedText) -> Int {
        let bytes = charsmap?.bytes ?? []
        var position = 0
        if removesExtraSpaces {
            while position < text.count {
                let (end, replacement) = longestKey(text, at: position)
                let isSpace =
                    if let replacement {
                        replacement.count == 1 && bytes[replacement.lowerBound] == 0x20
                    } else {
                        end == position + 1 && text[position] == 0x20
                    }
                guard isSpace else { break }
                position = end
            }
        }
        guard position < text.count else { return 0 }
        if addsDummyPrefix { output.append(space, from: position..<position) }
        var isAfterSpace = removesExtraSpaces
        var settledCount = 0
        while position < text.count {
            if text.count - position >= Charsmap.longestKey { settledCount = output.count }
            let (end, replacement) = longestKey(text, at: position)
            if let replacement {
                append(
                    bytes.span, replacement, source: { _, _ in position..<end }, isAfterSpace: &isAfterSpace,
                    to: &output)
            } else {
                append(
                    text, position..<end, source: { $0..<$1 }, isAfterSpace: &isAfterSpace, to: &output)
            }
            if !removesExtraSpaces { isAfterSpace = false }
            position = end
        }
        if removesExtraSpaces { removeTrailingSpaces(from: &output) }
        return min(settledCount, output.count)
    }

    /// Where what is looked up at a position ends, and by what it is replaced, if it is.
    private func longestKey(_ text: Span<UInt8>, at position: Int) -> (end: Int, replacement: Range<Int>?) {
        if let match = userDefined.isEmpty ? nil : userDefined.match(in: text, at: position) {
            return (match.range.upperBound, nil)
        }
        if let (end, replacement) = charsmap?.longestReplacement(for: text, position..<text.count) {
            return (end, replacement)
        }
        return (position + UTF8Decoding.scalar(text, at: position).length, nil)
    }

    /// Appends a range without the spaces at its beginning where one stands before it.
    private func append(
        _ text: Span<UInt8>, _ range: Range<Int>, source: (Int, Int) -> Range<Int>, isAfterSpace: inout Bool,
        to output: inout AlignedText
    ) {
        var position = range.lowerBound
        while isAfterSpace, position < range.upperBound, text[position] == 0x20 { position += 1 }
        guard position < range.upperBound else { return }
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            output.append(scalar == 0x20 ? space : scalar, from: source(position, position + length))
            position += length
        }
        isAfterSpace = text[range.upperBound - 1] == 0x20
    }

    private func removeTrailingSpaces(from output: inout AlignedText) {
        while output.count > 0 {
            let start = UTF8Decoding.previousStart(output.bytes.span, before: output.count)
            guard UTF8Decoding.scalar(output.bytes.span, at: start).scalar == space else { return }
            output.removeLast(output.count - start)
        }
    }
}
