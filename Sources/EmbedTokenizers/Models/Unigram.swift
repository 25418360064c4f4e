// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// The most probable segmentation into pieces: the sum of their scores is the highest (Viterbi's algorithm).
///
/// Follows `encode_optimized` of unigram/model.rs in Hugging Face `tokenizers`, ties included: pieces are tried by where
/// they begin, and a later one wins only with a higher sum. A character that is no piece is unknown, ten below the lowest
/// score; neighbouring unknown pieces become one token, or with `byte_fallback` a token for each byte.
/// Paper: Kudo, "Subword Regularization", arXiv 1804.10959.
struct Unigram: Sendable {
    /// How far below the lowest score an unknown character is: `K_UNK_PENALTY` in unigram/model.rs.
    private static let unknownPenalty = 10.0
    /// Most bytes of all pieces together, ten times the largest vocabularies published: bounds memory.
    private static let longestPool = 1 << 25

    let vocabulary: Vocabulary
    private let trie: PieceTrie
    private let scores: [Double]
    private let unknownScore: Double
    let unknownID: Int32
    /// For each byte the piece "<0x..>", or -1; empty without `byte_fallback`.
    private let bytePieces: [Int32]

    /// Reads the model, its pieces from `pieces` if they are given.
    init(_ field: TokenizerField, pieces: [ScoredPiece]? = nil) throws(TokenizerError) {
        let pieces =
            if let pieces { try PieceList(pieces, poolLimit: Self.longestPool) } else {
                try PieceList(try field.member("vocab"), poolLimit: Self.longestPool)
            }
        vocabulary = pieces.vocabulary
        trie = pieces.trie
        scores = pieces.scores
        unknownScore = pieces.scores.reduce(.infinity, min) - Self.unknownPenalty
        // The reference loads a file without one, and then fails on the first character that is no piece.
        let unknown = try field.member("unk_id")
        guard !pieces.scores.isEmpty else {
            throw .invalid(key: unknown.path, reason: "is \(unknown.value.rawText), but model.vocab is empty")
        }
        unknownID = Int32(try unknown.int(in: 0...pieces.scores.count - 1))
        guard try field.optional("byte_fallback")?.bool() ?? false else {
            bytePieces = []
            return
        }
        let vocabulary = vocabulary
        bytePieces = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id(of: Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)) ?? -1
        }
    }

    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        let longest = words.reduce(0) { max($0, $1.count) }
        var lattice = Lattice(capacity: longest)
        let text = text.bytes.span
        for word in words {
            lattice.read(text, word)
            findBestPath(&lattice)
            appendTokens(&lattice, text, word, to: &tokens)
            if tokens.contentCount > limit { return }
        }
    }

    /// The best path found so far to a position between scalars: its sum, and its last piece with where that begins.
    private struct Way {
        var score = 0.0
        /// Or -1 while there is no path.
        var start: Int32 = -1
        var piece: Int32 = 0
    }

    /// The scalars of a word, and the best way to each of the positions between them.
    private struct Lattice {
        private(set) var count = 0
        private(set) var scalars: [UInt32]
        /// Where each position lies in the word, in bytes.
        private(set) var offsets: [Int32]
        var ways: [Way]
        /// Ends of the pieces of the best path, the last first.
        var path: [Int] = []

        init(capacity: Int) {
            scalars = [UInt32](repeating: 0, count: capacity)
            offsets = [Int32](repeating: 0, count: capacity + 1)
            ways = [Way](repeating: Way(), count: capacity + 1)
        }

        mutating func read(_ text: Span<UInt8>, _ word: Range<Int>) {
            count = 0
            var position = word.lowerBound
            while position < word.upperBound {
                let (scalar, length) = UTF8Decoding.scalar(text, at: position)
                scalars[count] = scalar
                position += length
                count += 1
                offsets[count] = Int32(truncatingIfNeeded: position - word.lowerBound)
                ways[count].start = -1
            }
        }
    }

    private func findBestPath(_ lattice: inout Lattice) {
        let count = lattice.count
        let (slots, indexBitCount, pieceCount) = (trie.slots, trie.indexBitCount, trie.pieceCount)
        let steps = slots.span
        let scores = scores.span
        let scalarArray = lattice.scalars
        let scalars = scalarArray.span
        var ways = lattice.ways.mutableSpan
        for start in 0..<count {
            let here = ways[start].score
            var isKnown = false
            var number: UInt64 = 0
            var end = start
            while end < count,
                let node = PieceTrie.node(steps, indexBitCount: indexBitCount, from: number, by: scalars[end])
            {
                end += 1
                if node.piece < pieceCount {
                    let score = scores[node.piece] + here
                    if ways[end].start < 0 || score > ways[end].score {
                        ways[end] = Way(
                            score: score, start: Int32(truncatingIfNeeded: start),
                            piece: Int32(truncatingIfNeeded: node.piece))
                    }
                    if end == start + 1 { isKnown = true }
                }
                guard node.leadsOn else { break }
                number = node.number
            }
            if isKnown { continue }
            let score = unknownScore + here
            if ways[start + 1].start < 0 || score > ways[start + 1].score {
                ways[start + 1] = Way(score: score, start: Int32(truncatingIfNeeded: start), piece: unknownID)
            }
        }
    }

    private func appendTokens(
        _ lattice: inout Lattice, _ text: Span<UInt8>, _ word: Range<Int>, to tokens: inout TokenBuffer
    ) {
        lattice.path.removeAll(keepingCapacity: true)
        var end = lattice.count
        while end > 0 {
            lattice.path.append(end)
            end = Int(lattice.ways[end].start)
        }
        /// Where the unknown pieces right before begin.
        var unknownStart: Int?
        for end in lattice.path.reversed() {
            let way = lattice.ways[end]
            let piece = way.piece
            let start = word.lowerBound + Int(lattice.offsets[Int(way.start)])
            if piece == unknownID {
                unknownStart = unknownStart ?? start
                continue
            }
            if let first = unknownStart {
                appendUnknown(text, first..<start, to: &tokens)
                unknownStart = nil
            }
            tokens.append(piece, start..<word.lowerBound + Int(lattice.offsets[end]))
        }
        if let first = unknownStart { appendUnknown(text, first..<word.upperBound, to: &tokens) }
    }

    /// Appends what neighbouring unknown pieces become together: the piece they spell after all, bytes, or the unknown one.
    private func appendUnknown(_ text: Span<UInt8>, _ range: Range<Int>, to tokens: inout TokenBuffer) {
        var hash = VocabularyHash()
        for position in range { hash.add(text[position]) }
        if let piece = vocabulary.id(prefix: nil, text, range, hash: hash) {
            tokens.append(piece, range)
            return
        }
        guard !bytePieces.isEmpty, range.allSatisfy({ bytePieces[Int(text[$0])] >= 0 }) else {
            tokens.append(unknownID, range)
            return
        }
        for position in range { tokens.append(bytePieces[Int(text[position])], range) }
    }
}
