// SPDX-License-Identifier: Apache-2.0

/// The ids of one text as they come, after the frame's prefix.
struct TokenBuffer {
    private(set) var ids: [Int32]
    /// Parallel to ``ids`` when offsets are wanted, else empty.
    private(set) var offsets: [Range<Int>] = []
    /// For each token of the text, the spaces it is spelled with, when offsets are to be trimmed; else empty.
    private var spaces: [OffsetTrimming.Spaces] = []
    let countsSpaces: Bool
    /// Most tokens of the text to keep.
    let limit: Int
    private let prefixCount: Int
    private let isAligned: Bool
    private var droppedAny = false

    init(limit: Int, frame: SpecialTokenFrame, expectedCount: Int, isAligned: Bool) {
        self.limit = limit
        self.isAligned = isAligned
        countsSpaces = isAligned && !frame.trimmings.isEmpty
        prefixCount = frame.prefix.count
        ids = []
        ids.reserveCapacity(expectedCount + prefixCount + frame.suffix.count)
        ids.append(contentsOf: frame.prefix)
        if isAligned { offsets = ids.map { _ in 0..<0 } }
    }

    var count: Int { ids.count }

    /// Tokens of the text so far.
    var contentCount: Int { ids.count - prefixCount }

    @inline(__always)
    mutating func append(_ id: Int32, _ range: Range<Int>) {
        ids.append(id)
        if isAligned { offsets.append(range) }
    }

    /// Notes the spaces that the next token without a note is spelled with; for ``countsSpaces``.
    mutating func noteSpaces(in spelling: Span<UInt8>) {
        spaces.append(OffsetTrimming.Spaces(in: spelling))
    }

    /// Takes back every token from `count` on.
    mutating func truncate(to count: Int) {
        ids.removeLast(ids.count - count)
        if isAligned { offsets.removeLast(offsets.count - count) }
    }

    /// Turns ranges of the normalised text into ranges of the source, for every token from `first` on.
    mutating func mapOffsets(from first: Int, through text: AlignedText) {
        guard isAligned else { return }
        for index in first..<offsets.count { offsets[index] = text.sourceRange(of: offsets[index]) }
    }

    /// Forgets tokens that a cut on the left will drop anyway, so that memory is bounded by the limit.
    mutating func dropExcess() {
        guard contentCount / 2 > limit, contentCount - limit > 4096 else { return }
        dropFirst(contentCount - limit)
    }

    private mutating func dropFirst(_ excess: Int) {
        ids.removeSubrange(prefixCount..<prefixCount + excess)
        if isAligned { offsets.removeSubrange(prefixCount..<prefixCount + excess) }
        if countsSpaces { spaces.removeFirst(excess) }
        droppedAny = true
    }

    /// Cuts to a limit and closes the frame, once and at the end; consuming instead would copy the ids.
    mutating func encoding(
        frame: SpecialTokenFrame, side: TruncationSide, limit: Int, bytesRead: Int, _ text: Span<UInt8>
    ) -> Encoding {
        let excess = max(0, contentCount - limit)
        if excess > 0 {
            switch side {
            case .right:
                truncate(to: prefixCount + limit)
                droppedAny = true
            case .left: dropFirst(excess)
            }
        }
        if countsSpaces {
            for trimming in frame.trimmings {
                for index in 0..<contentCount {
                    trimming.trim(&offsets[prefixCount + index], spaces[index], at: index, in: text)
                }
            }
        }
        let isEnded = frame.endsOnce && contentCount > 0 && ids.last == frame.suffix.last
        let suffix = isEnded ? [] : frame.suffix
        ids.append(contentsOf: suffix)
        if isAligned { offsets.append(contentsOf: suffix.map { _ in 0..<0 }) }
        return Encoding(
            ids: ids, offsets: offsets, prefixCount: prefixCount, suffixCount: suffix.count,
            isTruncated: droppedAny, bytesRead: bytesRead)
    }
}
