// SPDX-License-Identifier: Apache-2.0

import EmbedTokenizers

/// FNV-1a over 32-bit words, the same as in Scripts/fixtures/tokenizer_fixtures.py.
struct Digest: CustomStringConvertible {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt32) {
        state = (state ^ UInt64(word)) &* 0x100_0000_01B3
    }

    mutating func add(_ encoding: Encoding) {
        for id in encoding.ids { add(UInt32(bitPattern: id)) }
        add(.max)
        for range in encoding.offsets {
            add(UInt32(range.lowerBound))
            add(UInt32(range.upperBound))
        }
        add(.max - 1)
    }

    var description: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
