// SPDX-License-Identifier: Apache-2.0

extension Tokenizer {
    /// Turns two texts into the ids of one input, as cross-encoders take a query and a document.
    ///
    /// Follows `truncate_encodings` and the post-processors of Hugging Face `tokenizers`.
    ///
    /// - Parameters:
    ///   - first: UTF-8.
    ///   - second: UTF-8.
    ///   - maxTokens: Most ids in the result, special tokens included; these are never cut.
    ///   - truncation: Which text is cut.
    ///   - truncationSide: Which end of it.
    ///   - addSpecialTokens: Whether to put the post-processor's tokens there.
    ///   - offsets: Whether to fill ``PairEncoding/offsets``; slower.
    /// - Returns: The ids of both in the post-processor's order, and where each is from.
    /// - Throws: ``PairError`` when the one text that may be cut would lose all tokens, or there is no template for two.
    /// - Complexity: O(bytes read). Cut on the right, reading a text ends soon after the limit, unless both are longer than
    ///   an odd limit: the reference gives the odd token to the longer one.
    package func encode(
        _ first: Span<UInt8>, _ second: Span<UInt8>, maxTokens: Int = .max, truncation: PairTruncation = .longestFirst,
        truncationSide: TruncationSide = .right, addSpecialTokens: Bool = true, offsets: Bool = false
    ) throws(PairError) -> PairEncoding {
        guard let whole = frame.pair else { throw .noTemplate }
        let frame = addSpecialTokens ? whole : whole.withoutTokens
        let limit = max(0, maxTokens - frame.tokenCount)
        // One more than the limit says that a text is too long; only an exact comparison needs all of its tokens.
        var stop = truncationSide == .left || limit == .max ? Int.max : limit + 1
        var firstRun = run(first, frame.first, limit: stop, truncationSide, isAligned: offsets)
        var secondRun = run(second, frame.second, limit: stop, truncationSide, isAligned: offsets)
        var counts = (firstRun.tokens.contentCount, secondRun.tokens.contentCount)
        if stop != .max, truncation == .longestFirst, limit % 2 == 1, min(counts.0, counts.1) > limit {
            stop = .max
            firstRun = run(first, frame.first, limit: stop, truncationSide, isAligned: offsets)
            secondRun = run(second, frame.second, limit: stop, truncationSide, isAligned: offsets)
            counts = (firstRun.tokens.contentCount, secondRun.tokens.contentCount)
        }
        let kept = try truncation.lengths(counts.0, counts.1, limit: limit, maxTokens: maxTokens)
        return frame.encoding(
            firstRun.finish(trimming: frame.first.trimmings, keeping: kept.first, first),
            secondRun.finish(trimming: frame.second.trimmings, keeping: kept.second, second), hasOffsets: offsets)
    }

    /// Turns two texts into the ids of one input; see the other method of this name.
    package func encode(
        _ first: [UInt8], _ second: [UInt8], maxTokens: Int = .max, truncation: PairTruncation = .longestFirst,
        truncationSide: TruncationSide = .right, addSpecialTokens: Bool = true, offsets: Bool = false
    ) throws(PairError) -> PairEncoding {
        try encode(
            first.span, second.span, maxTokens: maxTokens, truncation: truncation, truncationSide: truncationSide,
            addSpecialTokens: addSpecialTokens, offsets: offsets)
    }

    private func run(
        _ text: Span<UInt8>, _ side: PairFrame.Side, limit: Int, _ truncationSide: TruncationSide, isAligned: Bool
    ) -> EncodingRun {
        var bare = SpecialTokenFrame(prefix: [], suffix: [])
        bare.trimmings = side.trimmings
        var run = EncodingRun(
            frame: bare, limit: limit, side: truncationSide, byteCount: text.count, isAligned: isAligned,
            needsSources: preTokenizer?.metaspace?.needsSources ?? false)
        run.encode(text, with: self)
        return run
    }
}

extension PairTruncation {
    /// How many tokens of each text stay, of `first` and `second` tokens.
    fileprivate func lengths(
        _ first: Int, _ second: Int, limit: Int, maxTokens: Int
    ) throws(PairError) -> (first: Int, second: Int) {
        if limit == 0 { return (0, 0) }
        if second <= limit, first <= limit - second { return (first, second) }
        switch self {
        case .onlyFirst:
            guard second < limit else { throw .noRoom(maxTokens: maxTokens) }
            return (limit - second, second)
        case .onlySecond:
            guard first < limit else { throw .noRoom(maxTokens: maxTokens) }
            return (first, limit - first)
        case .longestFirst:
            let shorter = min(first, second)
            guard shorter > limit / 2 else {
                return first > second ? (limit - shorter, shorter) : (shorter, limit - shorter)
            }
            let half = limit / 2
            return first > second ? (limit - half, half) : (half, limit - half)
        }
    }
}

extension PairFrame {
    /// Puts the texts' tokens and the special ones together.
    fileprivate func encoding(_ firstText: Encoding, _ secondText: Encoding, hasOffsets: Bool) -> PairEncoding {
        var result = PairEncoding()
        result.isFirstTruncated = firstText.isTruncated
        result.isSecondTruncated = secondText.isTruncated
        result.bytesRead = firstText.bytesRead + secondText.bytesRead
        func append(_ ids: [Int32], _ typeID: UInt32, _ source: PairEncoding.Source, _ offsets: [Range<Int>]) {
            result.ids += ids
            result.typeIDs += repeatElement(typeID, count: ids.count)
            result.sources += repeatElement(source, count: ids.count)
            if hasOffsets { result.offsets += source == .frame ? ids.map { _ in 0..<0 } : offsets }
        }
        for piece in pieces ?? [.first, .second] {
            switch piece {
            case .token(let id, let typeID): append([id], typeID, .frame, [])
            case .first:
                let typeID = first.typeID ?? 0
                append(first.prefix, typeID, .frame, [])
                append(firstText.ids, typeID, .first, firstText.offsets)
                append(first.suffix, typeID, .frame, [])
            case .second:
                let typeID = second.typeID ?? 1
                append(second.prefix, typeID, .frame, [])
                append(secondText.ids, typeID, .second, secondText.offsets)
                append(second.suffix, typeID, .frame, [])
            }
        }
        return result
    }
}
