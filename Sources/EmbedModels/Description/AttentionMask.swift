// SPDX-License-Identifier: Apache-2.0

/// Which tokens of its own sequence a token attends to: itself, and so many before and after it.
package struct AttentionMask: Sendable, Hashable {
    /// How far back; nil for all.
    package var before: Int?
    /// How far ahead; nil for all.
    package var after: Int?

    package init(before: Int?, after: Int?) {
        self.before = before
        self.after = after
    }

    /// Every token of the sequence.
    package static let full = AttentionMask(before: nil, after: nil)
    /// Itself and all tokens before it.
    package static let causal = AttentionMask(before: nil, after: 0)

    /// Pairs of a token and one it attends to, in a sequence of `length` tokens.
    package func pairs(length: Int) -> Int {
        guard length > 0 else { return 0 }
        return length + Self.pairs(length: length, reach: before) + Self.pairs(length: length, reach: after)
    }

    /// The same on one side: the sum of min(i, reach) over 0 ≤ i < length.
    private static func pairs(length: Int, reach: Int?) -> Int {
        let reach = min(reach ?? length, length - 1)
        return reach * (reach + 1) / 2 + (length - 1 - reach) * reach
    }
}
