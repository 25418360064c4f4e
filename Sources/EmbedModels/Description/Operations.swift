// SPDX-License-Identifier: Apache-2.0

/// Multiplications and additions that a model takes for a text, or for an image.
package struct Operations: Sendable, Equatable {
    /// Of the products with weights, for each token.
    package var perToken: Int
    /// Of attention, for each pair of a token and one it attends to, by the layers' masks.
    package var perPair: [AttentionMask: Int]
    /// Of the products with weights that don't grow with the length: with an image's patches, which are fewer than its
    /// hidden states.
    package var perSequence: Int

    package init(perToken: Int, perPair: [AttentionMask: Int], perSequence: Int = 0) {
        self.perToken = perToken
        self.perPair = perPair
        self.perSequence = perSequence
    }

    /// Those of the products with weights for `length` tokens.
    package func products(length: Int) -> Double { Double(perToken) * Double(length) + Double(perSequence) }

    /// Those of attention for a text of `length` tokens.
    package func attention(length: Int) -> Double {
        perPair.reduce(0) { $0 + Double($1.value) * Double($1.key.pairs(length: length)) }
    }
}
