// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// The first layer: ids to vectors.
///
/// x[t] = norm(tokens[id(t)] + positions[t] + tokenTypes[0]), t counted from 0 in each sequence.
/// Shapes: `tokens` `[vocabularySize, hidden]`, `positions` `[maxPositions, hidden]`, `tokenTypes` `[types, hidden]`.
package struct Embeddings: Sendable {
    package var tokens: Tensor
    package var vocabularySize: Int
    /// Learned absolute positions.
    package var positions: Tensor
    /// Only row 0 is ever used: a single text has type 0 throughout.
    package var tokenTypes: Tensor?
    package var norm: Norm

    package init(tokens: Tensor, vocabularySize: Int, positions: Tensor, tokenTypes: Tensor?, norm: Norm) {
        self.tokens = tokens
        self.vocabularySize = vocabularySize
        self.positions = positions
        self.tokenTypes = tokenTypes
        self.norm = norm
    }
}
