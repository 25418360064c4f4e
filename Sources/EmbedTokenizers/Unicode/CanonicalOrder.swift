// SPDX-License-Identifier: Apache-2.0

/// A scalar with its canonical combining class.
protocol CombiningScalar {
    var combiningClass: UInt8 { get }
}

extension Array where Element: CombiningScalar {
    /// Sorts by combining class; marks of one class keep their order.
    mutating func sortCanonically() {
        // More marks than any language puts on a letter are sorted in linear time.
        if count > 16 { sortByCounting() } else { sortByInsertion() }
    }

    /// Stable and linear, whatever a hostile text piles up.
    private mutating func sortByCounting() {
        var ends = [Int](repeating: 0, count: 257)
        for mark in self { ends[Int(mark.combiningClass) + 1] += 1 }
        for index in 1..<257 { ends[index] += ends[index - 1] }
        var sorted = self
        for mark in self {
            sorted[ends[Int(mark.combiningClass)]] = mark
            ends[Int(mark.combiningClass)] += 1
        }
        self = sorted
    }

    private mutating func sortByInsertion() {
        for index in indices.dropFirst() {
            let mark = self[index]
            var place = index
            while place > 0, self[place - 1].combiningClass > mark.combiningClass {
                self[place] = self[place - 1]
                place -= 1
            }
            self[place] = mark
        }
    }
}
