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
    var tokens: TokenBuffer
    private let frame: SpecialTokenFrame
    let side: TruncationSide
    /// Whether nothing of the piece between two added tokens has been normalised yet.
    private var isStart = true
    var bytesRead = 0

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

    /// Whether sources are kept.
    var isAligned: Bool { pending.isAligned }

    /// Whether no later token can change the result.
    var isDone: Bool {
        switch side {
        case .right: tokens.contentCount > tokens.limit
        case .left: false
        }
    }

    /// Splits the text at the added tokens and feeds the rest through the pipeline.
    mutating func encode(_ text: Span<UInt8>, with tokenizer: Tokenizer) {
        if case .sentencePiece(let model) = tokenizer.model {
            encode(text, with: tokenizer, model)
            return
        }
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
                if !span.isEmpty { append(match.token.id, span, spelledAs: text.extracting(span)) }
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
            normalizer.append(text, range, isStart: isStart, to: &pending)
        } else {
            pending.append(text, range)
        }
        guard pending.count > 0 else {
            if isLast { isStart = true }
            return
        }
        let matcher = tokenizer.addedTokens.normalized
        if matcher.isEmpty {
            if isStart { addPrefixSpace(to: &pending, with: tokenizer) }
            isStart = false
            let done = tokenize(pending, isLast: isLast, with: tokenizer)
            if !isLast { pending.removeFirst(done) }
        } else {
            tokenizeAroundAddedTokens(matcher, with: tokenizer)
        }
        if isLast {
            pending.removeAll()
            isStart = true
        }
    }

    private func addPrefixSpace(to text: inout AlignedText, with tokenizer: Tokenizer) {
        guard tokenizer.preTokenizer?.addsPrefixSpace == true, text.bytes[0] != UInt8(ascii: " ") else { return }
        text.prepend(UInt8(ascii: " "))
    }

    /// Splits normalised text, which is whole, at the added tokens that match there.
    private mutating func tokenizeAroundAddedTokens(_ matcher: AddedTokenMatcher, with tokenizer: Tokenizer) {
        var position = 0
        var search = 0
        let normalized = pending
        let text = normalized.bytes.span.extracting(0..<normalized.count)
        func tokenize(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            var piece = normalized.slice(range)
            addPrefixSpace(to: &piece, with: tokenizer)
            _ = self.tokenize(piece, isLast: true, with: tokenizer)
        }
        while let match = matcher.nextMatch(in: text, search: &search, startingBefore: text.count) {
            let span = matcher.swallowedRange(of: match, in: text, notBefore: position)
            tokenize(position..<max(position, span.lowerBound))
            if isDone { return }
            if !span.isEmpty {
                append(match.token.id, normalized.sourceRange(of: span), spelledAs: text.extracting(span))
            }
            position = span.upperBound
        }
        tokenize(position..<normalized.count)
    }

    /// Splits normalised text into words and those into ids.
    ///
    /// - Returns: How much of it is done: all when it `isLast`, else what no further text can change.
    private mutating func tokenize(_ text: AlignedText, isLast: Bool, with tokenizer: Tokenizer) -> Int {
        words.removeAll(keepingCapacity: true)
        var settledEnd = 0
        if let preTokenizer = tokenizer.preTokenizer {
            settledEnd = preTokenizer.split(text, 0..<text.count, into: &words)
        } else {
            words.append(0..<text.count)
        }
        // Words that are rewritten are not yet what the model sees.
        if tokenizer.preTokenizer?.metaspace == nil, let parts = tokenizer.model.cut(text, words) {
            words = parts
            if tokenizer.preTokenizer?.onlyLengthensLastWord ?? true {
                settledEnd = words.last?.lowerBound ?? text.count
            }
        }
        if isLast {
            settledEnd = text.count
        } else {
            while let last = words.last, last.lowerBound >= settledEnd { words.removeLast() }
        }
        let firstToken = tokens.count
        let stop = side == .right ? tokens.limit : .max
        if let metaspace = tokenizer.preTokenizer?.metaspace {
            rewritten.removeAll()
            metaspace.rewrite(text, &words, into: &rewritten)
            tokenizer.model.tokenize(rewritten, words, into: &tokens, stoppingAfter: stop)
            tokens.mapOffsets(from: firstToken, through: rewritten)
        } else {
            tokenizer.model.tokenize(text, words, into: &tokens, stoppingAfter: stop)
        }
        tokens.mapOffsets(from: firstToken, through: text)
        if tokens.countsSpaces {
            for index in firstToken..<tokens.count {
                let spelling = tokenizer.model.vocabulary.token(for: tokens.ids[index]) ?? []
                tokens.noteSpaces(in: spelling.span)
            }
        }
        if side == .left { tokens.dropExcess() }
        return settledEnd
    }

    private mutating func append(_ id: Int32, _ source: Range<Int>, spelledAs spelling: Span<UInt8>) {
        tokens.append(id, source)
        if tokens.countsSpaces { tokens.noteSpaces(in: spelling) }
        if side == .left { tokens.dropExcess() }
    }

    /// The tokens of a text that is one of two: cut to `limit`, their offsets trimmed, without a frame.
    mutating func finish(trimming trimmings: [OffsetTrimming], keeping limit: Int, _ text: Span<UInt8>) -> Encoding {
        var frame = SpecialTokenFrame(prefix: [], suffix: [])
        frame.trimmings = trimmings
        return tokens.encoding(frame: frame, side: side, limit: limit, bytesRead: bytesRead, text)
    }

    /// Cuts to the limit and closes the frame.
    mutating func finish(frame: SpecialTokenFrame, _ text: Span<UInt8>) -> Encoding {
        tokens.encoding(frame: frame, side: side, limit: tokens.limit, bytesRead: bytesRead, text)
    }
}
