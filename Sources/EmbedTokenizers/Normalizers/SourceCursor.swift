// SPDX-License-Identifier: Apache-2.0

/// Hands out the scalars of a text, in order, as sources of what they became.
///
/// Follows `NormalizedString::transform` of Hugging Face `tokenizers`: a rewritten text is a list of scalars, each with a
/// change. Zero takes the next scalar of the source; below zero takes it and skips as many more; above zero is an
/// insertion, which shares the last scalar taken or skipped. Sources are therefore counted, not remembered.
struct SourceCursor {
    private var position: Int
    private let end: Int
    private var last: Range<Int>

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
        last = range.lowerBound..<range.lowerBound
    }

    /// The source of a scalar with a change.
    mutating func source(change: Int, in text: Span<UInt8>) -> Range<Int> {
        guard change <= 0 else { return last }
        skip(text)
        let source = last
        var skipped = 0
        while skipped > change {
            skip(text)
            skipped -= 1
        }
        return source
    }

    private mutating func skip(_ text: Span<UInt8>) {
        guard position < end else { return }
        let next = position + UTF8Decoding.scalar(text, at: position).length
        last = position..<next
        position = next
    }
}
