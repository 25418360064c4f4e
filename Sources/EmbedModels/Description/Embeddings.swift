// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// The first layer: ids to vectors.
///
/// x[t] = projection(norm(scale · tokens[id(t)] + positions[p(t)] + tokenTypes[0])), t counted from 0 in each sequence;
/// what is absent changes nothing.
/// Shapes: `tokens` `[vocabularySize, size]`, `positions` `[rows, size]`, `tokenTypes` `[types, size]`, `norm`
/// `[size]`, `projection` `[size] → [hidden]`.
package struct Embeddings: Sendable {
    package var tokens: Tensor
    package var vocabularySize: Int
    /// Components of a token's embedding.
    package var size: Int
    package var scale: Float
    /// Learned absolute positions.
    package var positions: Tensor?
    /// The id that RoBERTa and its kin count positions by; without it p(t) = t.
    ///
    /// A token with this id has p(t) = `paddingID`; any other has p(t) = `paddingID` + the number of tokens up to and
    /// with t that don't have it. A text may name the padding token like any other.
    package var paddingID: Int32?
    /// Only row 0 is ever used: a single text has type 0 throughout.
    package var tokenTypes: Tensor?
    package var norm: Norm?
    /// Where the embeddings' size isn't the hidden states' own.
    package var projection: Linear?
    /// What each of ``Transformer/adapters`` adds to `tokens` and `tokenTypes`; empty where tasks add nothing.
    package var adapters: [Adapter] = []

    /// What a task adds to the tables.
    package struct Adapter: Sendable {
        package var tokens: LowRankTable
        package var tokenTypes: LowRankTable?

        package init(tokens: LowRankTable, tokenTypes: LowRankTable?) {
            self.tokens = tokens
            self.tokenTypes = tokenTypes
        }
    }

    package init(
        tokens: Tensor, vocabularySize: Int, size: Int, scale: Float = 1, positions: Tensor? = nil,
        paddingID: Int32? = nil, tokenTypes: Tensor? = nil, norm: Norm? = nil, projection: Linear? = nil
    ) {
        self.tokens = tokens
        self.vocabularySize = vocabularySize
        self.size = size
        self.scale = scale
        self.positions = positions
        self.paddingID = paddingID
        self.tokenTypes = tokenTypes
        self.norm = norm
        self.projection = projection
    }
}
