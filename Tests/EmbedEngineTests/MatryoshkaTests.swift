// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import Testing

@Suite struct MatryoshkaTests {
    @Test func keepsWholeVectorsAsTheyAre() {
        #expect(Matryoshka.cut([3, 4, 0.5, 1], from: 2, to: 2, normalizes: true) == [3, 4, 0.5, 1])
    }

    @Test func scalesWhatIsLeftToLengthOne() {
        let cut = Matryoshka.cut([3, 4, 9, 0, 5, 9], from: 3, to: 2, normalizes: true)
        #expect(cut == [0.6, 0.8, 0, 1])
    }

    @Test func takesTheBarePrefix() {
        #expect(Matryoshka.cut([3, 4, 9, 0, 5, 9], from: 3, to: 1, normalizes: false) == [3, 0])
    }

    @Test func leavesZerosZero() {
        #expect(Matryoshka.cut([0, 0, 1], from: 3, to: 2, normalizes: true) == [0, 0])
    }
}
