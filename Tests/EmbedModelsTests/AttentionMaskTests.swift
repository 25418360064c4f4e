// SPDX-License-Identifier: Apache-2.0

import EmbedModels
import Testing

/// How many pairs of tokens attention computes, against counting them one by one.
@Suite struct AttentionMaskTests {
    private static let reaches: [Int?] = [nil, 0, 1, 2, 5, 64, 1000]

    @Test(arguments: reaches, reaches)
    func countsThePairsItShows(before: Int?, after: Int?) {
        let mask = AttentionMask(before: before, after: after)
        for length in [0, 1, 2, 3, 6, 40, 130] {
            var pairs = 0
            for query in 0..<length {
                for key in 0..<length where query - key <= before ?? length && key - query <= after ?? length {
                    pairs += 1
                }
            }
            #expect(mask.pairs(length: length) == pairs)
        }
    }

    @Test func countsWhatAttentionTakesByTheMasksOfItsLayers() {
        let windowed = AttentionMask(before: 1, after: 1)
        let operations = Operations(
            perToken: 10, perPair: [.full: 4, .causal: 6, windowed: 2])
        #expect(operations.products(length: 3) == 30)
        // 9 pairs of 4, 6 of 6 and 7 of 2.
        #expect(operations.attention(length: 3) == 86)
    }
}
