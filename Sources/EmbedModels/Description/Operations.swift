// SPDX-License-Identifier: Apache-2.0

/// Multiplications and additions that a model takes for a text.
package struct Operations: Sendable, Equatable {
    /// Of the products with weights, for each token.
    package var perToken: Int
    /// Of attention, for each pair of a token and one it attends to, by the layers' masks.
    package var perPair: [AttentionMask: Int]

    package init(perToken: Int, perPair: [AttentionMask: Int]) {
        self.perToken = perToken
        self.perPair = perPair
    }

    /// Those of the products with weights for `length` tokens.
    package func products(length: Int) -> Double { Double(perToken) * Double(length) }

    /// Those of attention for a text of `length` tokens.
    package func attention(length: Int) -> Double {
        perPair.reduce(0) { $0 + Double($1.value) * Double($1.key.pairs(length: length)) }
    }
}
