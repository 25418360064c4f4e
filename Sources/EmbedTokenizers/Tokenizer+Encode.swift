// SPDX-License-Identifier: Apache-2.0

extension Tokenizer {
    /// Turns UTF-8 text into ids.
    ///
    /// - Parameters:
    ///   - text: UTF-8; a byte that is not counts as U+FFFD.
    ///   - maxTokens: Most ids in the result, special tokens included. Tokens of the text are cut off until it fits; the
    ///     frame itself is never cut, so a limit below ``specialTokenCount`` gives the bare frame.
    ///   - addSpecialTokens: Whether to put the post-processor's frame around the text.
    ///   - truncationSide: Which end is cut.
    ///   - offsets: Whether to fill ``Encoding/offsets``; slower.
    /// - Returns: The ids in the frame, and what else was asked for.
    /// - Complexity: O(bytes read). Cut on the right, reading ends soon after the limit.
    package func encode(
        _ text: Span<UInt8>, maxTokens: Int = .max, addSpecialTokens: Bool = true,
        truncationSide: TruncationSide = .right, offsets: Bool = false
    ) -> Encoding {
        let frame = addSpecialTokens ? frame : frame.withoutTokens
        let limit = max(0, maxTokens - frame.prefix.count - frame.suffix.count)
        var run = EncodingRun(
            frame: frame, limit: limit, side: truncationSide, byteCount: text.count, isAligned: offsets,
            needsSources: preTokenizer?.metaspace?.needsSources ?? false)
        run.encode(text, with: self)
        var encoding = run.finish(frame: frame, text)
        if let omittedID { encoding.omit(omittedID) }
        return encoding
    }

    /// Turns UTF-8 text into ids; see ``encode(_:maxTokens:addSpecialTokens:truncationSide:offsets:)``.
    package func encode(
        _ text: [UInt8], maxTokens: Int = .max, addSpecialTokens: Bool = true,
        truncationSide: TruncationSide = .right, offsets: Bool = false
    ) -> Encoding {
        encode(
            text.span, maxTokens: maxTokens, addSpecialTokens: addSpecialTokens, truncationSide: truncationSide,
            offsets: offsets)
    }

    /// Turns text into ids; see ``encode(_:maxTokens:addSpecialTokens:truncationSide:offsets:)``.
    package func encode(
        _ text: String, maxTokens: Int = .max, addSpecialTokens: Bool = true,
        truncationSide: TruncationSide = .right, offsets: Bool = false
    ) -> Encoding {
        encode(
            text.utf8.span, maxTokens: maxTokens, addSpecialTokens: addSpecialTokens, truncationSide: truncationSide,
            offsets: offsets)
    }
}
