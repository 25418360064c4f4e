// SPDX-License-Identifier: Apache-2.0

/// What a model is made of when that does not stand in "model", because older files than tokenizer.json hold it.
package enum ModelParts: Sendable {
    /// A ``Unigram`` model's pieces, the score of each bit for bit; a piece's id is its position.
    case pieces([ScoredPiece])
    /// Everything of a ``PhoBERT`` model.
    case phoBERT(PhoBERTParts)
    /// Everything of a ``SentencePiece`` model.
    case sentencePiece(SentencePieceParts)
}

/// A piece of a ``Unigram`` model.
package struct ScoredPiece: Sendable {
    /// Its spelling, UTF-8.
    package var spelling: ArraySlice<UInt8>
    package var score: Double

    package init(spelling: ArraySlice<UInt8>, score: Double) {
        self.spelling = spelling
        self.score = score
    }
}

/// Tokens and merges of a ``PhoBERT`` model, as its files spell them.
package struct PhoBERTParts: Sendable {
    /// Tokens with their ids, without a spelling twice; one that another goes on from ends with "@@".
    package var tokens: [(spelling: ArraySlice<UInt8>, id: Int)]
    /// Pairs that merge, the first first; what ends a word ends with "</w>".
    package var merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)]
    package var unknownToken: [UInt8]

    package init(
        tokens: [(spelling: ArraySlice<UInt8>, id: Int)], merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)],
        unknownToken: [UInt8]
    ) {
        self.tokens = tokens
        self.merges = merges
        self.unknownToken = unknownToken
    }
}

/// A model file of SentencePiece with what SigLIP's tokenizer does to text before.
package struct SentencePieceParts: Sendable {
    /// What a piece is for.
    package enum PieceKind: UInt8, Sendable {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    package var pieces: [ScoredPiece]
    /// Parallel to ``pieces``; one of them is unknown.
    package var kinds: [PieceKind]
    /// The table of replacements; empty when there is none.
    package var charsmap: [UInt8]
    package var addsDummyPrefix: Bool
    package var removesExtraSpaces: Bool
    package var escapesSpaces: Bool
    /// Whether a character that is no piece becomes a piece for each of its bytes.
    package var fallsBackToBytes: Bool
    package var lowercases: Bool
    /// Stands before every text while it is cut into pieces; its own are then taken away.
    package var unknownToken: [UInt8]
    /// Tokens before which a lone "\u{2581}" at the start of a text goes.
    package var specialTokens: Set<[UInt8]>

    package init(
        pieces: [ScoredPiece], kinds: [PieceKind], charsmap: [UInt8], addsDummyPrefix: Bool, removesExtraSpaces: Bool,
        escapesSpaces: Bool, fallsBackToBytes: Bool, lowercases: Bool, unknownToken: [UInt8],
        specialTokens: Set<[UInt8]>
    ) {
        self.pieces = pieces
        self.kinds = kinds
        self.charsmap = charsmap
        self.addsDummyPrefix = addsDummyPrefix
        self.removesExtraSpaces = removesExtraSpaces
        self.escapesSpaces = escapesSpaces
        self.fallsBackToBytes = fallsBackToBytes
        self.lowercases = lowercases
        self.unknownToken = unknownToken
        self.specialTokens = specialTokens
    }
}
