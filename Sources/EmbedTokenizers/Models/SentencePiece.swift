// SPDX-License-Identifier: Apache-2.0

/// A Unigram model as SentencePiece itself computes it, behind SigLIP's canonical text: ``Unigram`` is what Hugging Face
/// `tokenizers` makes of such files.
///
/// Follows `Model::EncodeOptimized` in SentencePiece's unigram_model.cc and `PopulateSentencePieceText` in its
/// sentencepiece_processor.cc, and `_tokenize` in Transformers' tokenization_siglip.py, which puts the unknown token before
/// every text and takes its pieces away again. Sums are in single precision over a whole piece of text, as version 0.2.3
/// has them, found by asking it: earlier ones compare in double precision and choose otherwise between near equals.
struct SentencePiece: Sendable {
    /// What a piece of text becomes.
    struct Pieces {
        struct Piece {
            let id: Int32
            /// Where it stands in ``text``.
            let range: Range<Int>
            /// Whether it stands for unknown characters, which may yet spell an added token.
            let isUnknown: Bool
        }

        var text: AlignedText
        var pieces: [Piece] = []
    }

    /// `kUnkPenalty` in unigram_model.cc.
    private static let unknownPenalty: Float = 10
    /// Sums below are taken off all sums, so that they keep their precision in texts of ten thousands of characters.
    private static let lowestSum: Float = -100_000
    /// How much less than the best score for each byte a symbol gets that users defined, in double precision.
    private static let userDefinedPenalty = 0.1
    /// Most bytes of all pieces together, as for ``Unigram``.
    private static let longestPool = 1 << 25
    /// Bytes of text looked at first where a limit may end the work early; more and more follow.
    private static let firstByteCount = 4096
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    let vocabulary: Vocabulary
    let unknownID: Int32
    let lowercases: Bool
    private let trie: PieceTrie
    private let scores: [Float]
    private let kinds: [SentencePieceParts.PieceKind]
    private let unknownScore: Float
    private let highestScore: Float
    /// For each byte its piece; empty where unknown characters stay such.
    private let bytePieces: [Int32]
    /// Whether no piece reaches across the place before a "▁".
    private let cutsBeforeMark: Bool
    private let canonical: CanonicalText
    private let normalizer: SentencePieceNormalizer
    private let unknownToken: [Unicode.Scalar]
    /// How many pieces the unknown token itself becomes.
    private var leadingCount = 0
    private let specialTokens: Set<[UInt8]>

    init(_ parts: SentencePieceParts) throws(TokenizerError) {
        let list = try PieceList(parts.pieces, poolLimit: Self.longestPool)
        vocabulary = list.vocabulary
        trie = list.trie
        kinds = parts.kinds
        scores = parts.pieces.map { Float($0.score) }
        var (lowest, highest) = (Float.greatestFiniteMagnitude, Float.leastNormalMagnitude)
        var unknown: Int32?
        var userDefined = AddedTokenMatcher()
        var cuts = true
        for (id, (piece, kind)) in zip(parts.pieces, kinds).enumerated() {
            let spelling = Array(piece.spelling)
            guard !spelling.isEmpty, list.vocabulary.id(of: spelling) == Int32(id) else {
                let name = String(decoding: spelling, as: UTF8.self)
                throw .invalid(key: "the pieces", reason: "hold \"\(name)\" twice, or an empty one")
            }
            switch kind {
            case .normal:
                lowest = min(lowest, scores[id])
                highest = max(highest, scores[id])
            case .unknown:
                guard unknown == nil else { throw .invalid(key: "the pieces", reason: "hold two unknown ones") }
                unknown = Int32(id)
            case .userDefined:
                userDefined.insert(
                    spelling,
                    AddedTokenMatcher.Token(id: Int32(id), isSingleWord: false, stripsLeft: false, stripsRight: false))
            case .control, .unused, .byte: break
            }
            if kind == .normal || kind == .userDefined, Self.holdsMarkInside(spelling) { cuts = false }
        }
        guard let unknown else { throw .missing(key: "the unknown piece") }
        unknownID = unknown
        unknownScore = lowest - Self.unknownPenalty
        highestScore = highest
        cutsBeforeMark = cuts
        bytePieces = try parts.fallsBackToBytes ? Self.bytePieces(list.vocabulary, kinds) : []
        lowercases = parts.lowercases
        canonical = CanonicalText(lowercases: parts.lowercases)
        normalizer = try SentencePieceNormalizer(parts, userDefined: userDefined)
        unknownToken = Array(String(decoding: parts.unknownToken, as: UTF8.self).unicodeScalars)
        specialTokens = parts.specialTokens
        var text = AlignedText(isAligned: false)
        text.append(parts.unknownToken.span, 0..<parts.unknownToken.count)
        leadingCount = pieces(of: text, stoppingAfter: .max, isComplete: true)?.pieces.count ?? 0
    }

    /// Cuts a range of `text` without added tokens into pieces, their ranges aligned with `text`.
    ///
    /// - Parameters:
    ///   - text: The whole text.
    ///   - range: What of it to read.
    ///   - limit: With more pieces than these the rest may be left out.
    ///   - isAligned: Whether to keep sources.
    /// - Returns: The pieces without those of the unknown token in front.
    /// - Complexity: O(bytes read × longest piece).
    func pieces(
        of text: Span<UInt8>, _ range: Range<Int>, stoppingAfter limit: Int, isAligned: Bool
    ) -> Pieces {
        var byteCount = cutsBeforeMark && limit < range.count ? max(Self.firstByteCount, 8 * limit) : range.count
        while true {
            let end = Self.endOfWord(text, range, from: range.lowerBound + min(byteCount, range.count))
            var canonicalText = AlignedText(isAligned: isAligned)
            for scalar in unknownToken {
                canonicalText.append(scalar.value, from: range.lowerBound..<range.lowerBound)
            }
            canonical.append(text, range.lowerBound..<end, beginsText: range.lowerBound == 0, to: &canonicalText)
            let isComplete = end == range.upperBound
            if var found = pieces(of: canonicalText, stoppingAfter: limit, isComplete: isComplete) {
                if found.pieces.count >= leadingCount { found.pieces.removeFirst(leadingCount) }
                return found
            }
            byteCount = 2 * (end - range.lowerBound)
        }
    }

    /// Whether a token at the start of a text is a lone "▁".
    func isMark(_ piece: Pieces.Piece, of pieces: Pieces) -> Bool {
        kinds[Int(piece.id)] != .byte && pieces.text.bytes[piece.range] == Self.mark[...]
    }

    /// Whether a token is spelled as one of the special ones.
    func isSpecial(_ piece: Pieces.Piece, of pieces: Pieces) -> Bool {
        kinds[Int(piece.id)] != .byte && isSpecial(Array(pieces.text.bytes[piece.range]))
    }

    /// Whether a token is one of the special ones.
    func isSpecial(_ content: [UInt8]) -> Bool { specialTokens.contains(content) }

    /// Appends the pieces of words, each a text of its own.
    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        for word in words {
            for piece in pieces(of: text.bytes.span, word, stoppingAfter: limit, isAligned: text.isAligned).pieces {
                tokens.append(piece.id, piece.range)
            }
        }
    }

    /// Where the first word ends at or behind a position: before white space.
    private static func endOfWord(_ text: Span<UInt8>, _ range: Range<Int>, from start: Int) -> Int {
        var position = UTF8Decoding.scalarStart(text, atOrBefore: start)
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if PythonText.isSpace(scalar) { return max(position, range.lowerBound) }
            position += length
        }
        return range.upperBound
    }

    /// Nothing when the text is not complete and what follows may change the result.
    private func pieces(of text: AlignedText, stoppingAfter limit: Int, isComplete: Bool) -> Pieces? {
        var normalized = AlignedText(isAligned: text.isAligned)
        let settledCount = normalizer.append(text.bytes.span.extracting(0..<text.count), to: &normalized)
        normalized.realign(through: text)
        var lattice = Lattice(normalized)
        let stop = limit < .max - leadingCount && cutsBeforeMark ? limit + leadingCount : .max
        guard
            let end = findBestPath(
                &lattice, stoppingAfter: stop, settledCount: isComplete ? normalized.count : settledCount)
                ?? (isComplete ? lattice.count : nil)
        else { return nil }
        var pieces = Pieces(text: normalized)
        append(lattice.path(to: end), of: lattice, to: &pieces)
        return pieces
    }

    /// Finds the best ways to all positions, or as far as it takes.
    ///
    /// - Returns: A position that every path passes, with more tokens before it than `limit`; nothing when there is none.
    private func findBestPath(
        _ lattice: inout Lattice, stoppingAfter limit: Int, settledCount: Int
    ) -> Int? {
        let count = lattice.count
        let (slots, indexBitCount) = (trie.slots, trie.indexBitCount)
        let steps = slots.span
        var farthest = 0
        for start in 0..<count {
            var here = lattice.ways[start]
            if here.score < Self.lowestSum {
                for end in start + 1..<farthest + 1 where lattice.ways[end].start >= 0 {
                    lattice.ways[end].score -= here.score
                }
                here.score = 0
            }
            if lattice.scalars[start] == CanonicalText.mark, Int(here.tokenCount) > limit,
                Int(lattice.offsets[start]) <= settledCount
            {
                return start
            }
            var isKnown = false
            var number: UInt64 = 0
            var end = start
            while end < count,
                let node = PieceTrie.node(
                    steps, indexBitCount: indexBitCount, from: number, by: lattice.scalars[end])
            {
                end += 1
                if node.piece < trie.pieceCount, kinds[node.piece] == .normal || kinds[node.piece] == .userDefined {
                    let length = Float(lattice.offsets[end] - lattice.offsets[start])
                    let score =
                        kinds[node.piece] == .normal
                        ? scores[node.piece] : Float(Double(length * highestScore) - Self.userDefinedPenalty)
                    let sum = score + here.score
                    if lattice.ways[end].start < 0 || sum > lattice.ways[end].score {
                        lattice.ways[end] = Way(
                            score: sum, start: Int32(truncatingIfNeeded: start),
                            piece: Int32(truncatingIfNeeded: node.piece), tokenCount: here.tokenCount + 1)
                    }
                    if end == start + 1 { isKnown = true }
                }
                guard node.leadsOn else { break }
                number = node.number
            }
            farthest = max(farthest, end, start + 1)
            if isKnown { continue }
            let sum = unknownScore + here.score
            if lattice.ways[start + 1].start < 0 || sum > lattice.ways[start + 1].score {
                let isAlone = start == 0 || here.piece != unknownID
                lattice.ways[start + 1] = Way(
                    score: sum, start: Int32(truncatingIfNeeded: start), piece: unknownID,
                    tokenCount: here.tokenCount + (isAlone ? 1 : 0))
            }
        }
        return nil
    }

    /// Appends the pieces of a path: neighbouring unknown characters are one, or a piece for each byte.
    private func append(_ path: [Int], of lattice: Lattice, to pieces: inout Pieces) {
        var unknownStart: Int?
        var position = 0
        func endUnknown() {
            guard let start = unknownStart else { return }
            pieces.pieces.append(unknownPiece(pieces.text, start..<position))
            unknownStart = nil
        }
        for end in path {
            let range = position..<Int(lattice.offsets[end])
            let piece = lattice.ways[end].piece
            if piece != unknownID {
                endUnknown()
                pieces.pieces.append(.init(id: piece, range: range, isUnknown: false))
            } else if bytePieces.isEmpty {
                unknownStart = unknownStart ?? range.lowerBound
            } else {
                for byte in range {
                    let id = bytePieces[Int(pieces.text.bytes[byte])]
                    pieces.pieces.append(.init(id: id, range: range, isUnknown: false))
                }
            }
            position = range.upperBound
        }
        endUnknown()
    }

    /// What unknown characters become together: a token that is spelled so after all, or the unknown one.
    private func unknownPiece(_ text: AlignedText, _ range: Range<Int>) -> Pieces.Piece {
        let id = vocabulary.id(of: Array(text.bytes[range]))
        return Pieces.Piece(id: id ?? unknownID, range: range, isUnknown: true)
    }

    private static func bytePieces(
        _ vocabulary: Vocabulary, _ kinds: [SentencePieceParts.PieceKind]
    ) throws(TokenizerError) -> [Int32] {
        var pieces: [Int32] = []
        for byte in 0..<256 {
            let name = "<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))>"
            guard let id = vocabulary.id(of: Array(name.utf8)), kinds[Int(id)] == .byte else {
                throw .missing(key: "the byte piece \(name)")
            }
            pieces.append(id)
        }
        return pieces
    }

    private static func holdsMarkInside(_ spelling: [UInt8]) -> Bool {
        guard spelling.count > mark.count else { return false }
        return (1...spelling.count - mark.count).contains { spelling[$0..<$0 + mark.count] == mark[...] }
    }
}
