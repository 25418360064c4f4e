// SPDX-License-Identifier: Apache-2.0

/// Which lengths tokens have that begin with the same bytes, so that a search skips the others.
///
/// A filter: it may name a length no token has, never omit one that a token has.
struct TokenLengths: Sendable {
    /// For a hash of three bytes, the lengths of the tokens that begin with them: bit n for n bytes, the highest bit for
    /// ``unbounded`` or more.
    private var masks = [UInt64](repeating: 0, count: 1 << bitCount)
    /// Length of the longest token in bytes.
    private(set) var longest = 0

    /// The length from which on the filter says yes to everything.
    private static let unbounded = 63
    /// 8,192 masks, 64 KiB: stays in L2; a vocabulary of 30,000 has about as many beginnings.
    private static let bitCount: UInt32 = 13

    /// Notes that there is a token of these bytes.
    mutating func insert(_ token: ArraySlice<UInt8>) {
        guard !token.isEmpty else { return }
        longest = max(longest, token.count)
        if token.count < 3 { return }
        let first = token.startIndex
        let slot = Self.slot(token[first], token[first + 1], token[first + 2])
        masks[slot] |= 1 << UInt64(min(token.count, Self.unbounded))
    }

    /// The greatest length not above `limit` that a token beginning at `start` can have; one at least.
    @inline(__always)
    func candidate(_ text: Span<UInt8>, at start: Int, limit: Int) -> Int {
        if limit < 3 { return max(limit, 1) }
        let mask = masks[Self.slot(text[start], text[start + 1], text[start + 2])]
        if limit >= Self.unbounded {
            if mask >> UInt64(Self.unbounded) != 0 { return limit }
            return Self.highest(mask)
        }
        return Self.highest(mask & (2 << UInt64(limit) - 1))
    }

    /// The highest length in a mask; two bytes and one are always worth a look.
    @inline(__always)
    private static func highest(_ mask: UInt64) -> Int {
        63 - (mask | 0b100).leadingZeroBitCount
    }

    @inline(__always)
    private static func slot(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        let key = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16
        return Int(truncatingIfNeeded: (key &* 0x9E37_79B1) >> (32 - bitCount))
    }
}
