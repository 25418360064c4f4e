// SPDX-License-Identifier: Apache-2.0

/// What a model is made of when that does not stand in "model", because older files than tokenizer.json hold it.
package enum ModelParts: Sendable {
    /// A ``Unigram`` model's pieces, the score of each bit for bit; a piece's id is its position.
    case pieces([ScoredPiece])
    /// Everything of a ``PhoBERT`` model.
    case phoBERT(PhoBERTParts)
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
