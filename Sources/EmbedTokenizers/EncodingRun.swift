// SPDX-License-Identifier: Apache-2.0

/// One text on its way through the pipeline, chunk by chunk.
///
/// A chunk ends where the normalizer's result can't depend on what follows. The last word of a chunk may go on in the
/// next one, so it stays in ``pending``. The ids are therefore those of the whole text, however it is chunked.
struct EncodingRun {
    /// Normalised text not yet turned into ids.
    private var pending: AlignedText
    /// Words as the model sees them, when the pre-tokenizer rewrites them; sources are positions in ``pending``.
    private var rewritten: AlignedText
    private var words: [Range<Int>] = []
    private(set) var tokens: TokenBuffer
    private let frame: SpecialTokenFrame
    private let side: TruncationSide
    private(set) var bytesRead = 0

    /// Bytes normalised at once: enough for a model's 256 or 512 tokens in most languages, and well inside L1.
    private static let chunkByteCount = 4096

    init(
        frame: SpecialTokenFrame, limit: Int, side: TruncationSide, byteCount: Int, isAligned: Bool,
        needsSources: Bool = false
    ) {
        self.frame = frame
        self.side = side
        pending = AlignedText(isAligned: isAligned || needsSources)
        rewritten = AlignedText(isAligned: isAligned)
        // English has about four bytes a token.
        let expected = min(limit, byteCount / 4 + 8)
        words.reserveCapacity(min(expected, Self.chunkByteCount / 4))
        tokens = TokenBuffer(limit: limit, frame: frame, expectedCount: expected, isAligned: isAligned)
    }

    /// Whether no later token can change the result.
    private var isDone: Bool {
        switch side {
        case .right: tokens.contentCount > tokens.limit
        case .left: false
        }
    }

    /// Splits the text at the added tokens and feeds the rest through the pipeline.
    mutating func encode(_ text: Span<UInt8>, with tokenizer: Tokenizer) {
        let matcher = tokenizer.addedTokens.verbatim
        let alignsFromTheStart = pending.isAligned && tokenizer.normalizer?.alignsFromTheStart ?? false
        let isChunked = tokenizer.addedTokens.normalized.isEmpty && !alignsFromTheStart
        var chunkByteCount = isChunked ? Self.chunkByteCount : text.count
        // Text before `position` is done; no further match begins before `search`. A token with `rstrip` takes
        // `position` ahead of `search`, and a token that is white space may still be found between them.
        var position = 0
        var search = 0
        while position < text.count || search < text.count {
            let chunkEnd = UTF8Decoding.scalarStart(
                text, atOrBefore: position + min(chunkByteCount, text.count - position))
            if let match = matcher.nextMatch(in: text, search: &search, startingBefore: chunkEnd) {
                let span = matcher.swallowedRange(of: match, in: text, notBefore: position)
                feed(text, position..<max(position, span.lowerBound), isLast: true, with: tokenizer)
                bytesRead = max(bytesRead, match.range.upperBound)
                if isDone { return }
                if !span.isEmpty { append(match.token.id, span) }
                position = span.upperBound
            } else if chunkEnd == text.count {
                feed(text, position..<chunkEnd, isLast: true, with: tokenizer)
                bytesRead = text.count
                return
            } else {
                let cut = cut(text, position..<chunkEnd, matcher: matcher, normalizer: tokenizer.normalizer)
                feed(text, position..<cut, isLast: false, with: tokenizer)
                bytesRead = chunkEnd
                position = cut
                // Whatever could not be used yet is looked at again: doubling keeps the whole linear.
                chunkByteCount = max(Self.chunkByteCount, 2 * (chunkEnd - cut), pending.count)
            }
            if isDone { return }
        }
        feed(text, text.count..<text.count, isLast: true, with: tokenizer)
        bytesRead = text.count
    }

    /// Where a chunk that holds no added token can end: at its lower bound when nowhere.
    private func cut(
        _ text: Span<UInt8>, _ chunk: Range<Int>, matcher: AddedTokenMatcher, normalizer: Normalizer?
    ) -> Int {
        var end = chunk.upperBound
        if matcher.stripsLeft { end = UTF8Decoding.trimmingWhitespace(text, chunk) }
        guard let normalizer else { return end }
        return normalizer.lastBoundary(in: text, chunk.lowerBound..<end) ?? chunk.lowerBound
    }

    /// Normalises a piece of text without added tokens and turns every word that is complete into ids.
    private mutating func feed(_ text: Span<UInt8>, _ range: Range<Int>, isLast: Bool, with tokenizer: Tokenizer) {
        if let normalizer = tokenizer.normalizer {
            normalizer.append(text, range, to: &pending)
        } else {
            pending.append(text, range)
        }
        guard pending.count > 0 else { return }
        let matcher = tokenizer.addedTokens.normalized
        if matcher.isEmpty {
            tokenize(0..<pending.count, isLast: isLast, with: tokenizer)
        } else {
            tokenizeAroundAddedTokens(matcher, with: tokenizer)
        }
        if isLast { pending.removeAll() }
    }

    /// Splits normalised text, which is whole, at the added tokens that match there.
    private mutating func tokenizeAroundAddedTokens(_ matcher: AddedTokenMatcher, with tokenizer: Tokenizer) {
        var position = 0
        var search = 0
        let bytes = pending.bytes
        let text = bytes.span.extracting(0..<pending.count)
        while let match = matcher.nextMatch(in: text, search: &search, startingBefore: text.count) {
            let span = matcher.swallowedRange(of: match, in: text, notBefore: position)
            if position < span.lowerBound { tokenize(position..<span.lowerBound, isLast: true, with: tokenizer) }
            if isDone { return }
            if !span.isEmpty { append(match.token.id, pending.sourceRange(of: span)) }
            position = span.upperBound
        }
        if position < pending.count { tokenize(position..<pending.count, isLast: true, with: tokenizer) }
    }

    /// Splits normalised text into words and those into ids; the last word waits in ``pending`` unless `isLast`.
    private mutating func tokenize(_ range: Range<Int>, isLast: Bool, with tokenizer: Tokenizer) {
        words.removeAll(keepingCapacity: true)
        if let preTokenizer = tokenizer.preTokenizer {
            preTokenizer.split(pending, range, into: &words)
        } else {
            words.append(range)
        }
        let unfinished = isLast ? nil : words.popLast()
        let firstToken = tokens.count
        let stop = side == .right ? tokens.limit : .max
        if let metaspace = tokenizer.preTokenizer?.metaspace {
            rewritten.removeAll()
            metaspace.rewrite(pending, &words, into: &rewritten)
            tokenizer.model.tokenize(rewritten, words, into: &tokens, stoppingAfter: stop)
            tokens.mapOffsets(from: firstToken, through: rewritten)
        } else {
            tokenizer.model.tokenize(pending, words, into: &tokens, stoppingAfter: stop)
        }
        tokens.mapOffsets(from: firstToken, through: pending)
        if side == .left { tokens.dropExcess() }
        if !isLast { pending.removeFirst(unfinished?.lowerBound ?? pending.count) }
    }

    private mutating func append(_ id: Int32, _ source: Range<Int>) {
        tokens.append(id, source)
        if side == .left { tokens.dropExcess() }
    }

    /// Cuts to the limit and closes the frame.
    mutating func finish(frame: SpecialTokenFrame) -> Encoding {
        tokens.encoding(frame: frame, side: side, bytesRead: bytesRead)
    }
}
