// SPDX-License-Identifier: Apache-2.0

/// The marks after a starter while their canonical order is not known yet.
///
/// Keeps sources the way the reference does: it hands the source scalars out in their old order to the parts in their
/// new order, one to each part that begins a decomposition; any other part shares the source handed out last.
struct CombiningMarks {
    struct Mark {
        let scalar: UInt32
        let combiningClass: UInt8
        /// Whether it is the first part of what a scalar decomposed to.
        let isFirst: Bool
    }

    /// More marks than any language puts on a letter are sorted in linear time.
    private static let insertionLimit = 16

    private(set) var waiting: [Mark] = []
    /// Sources not handed out yet, the next one at ``nextSource``; unused without alignment.
    private var sources: [Range<Int>] = []
    private var nextSource = 0
    /// The source handed out last.
    private(set) var lastSource = 0..<0

    var isEmpty: Bool { waiting.isEmpty }

    /// Announces the scalar whose parts come next.
    @inline(__always)
    mutating func addSource(_ source: Range<Int>, isAligned: Bool) {
        if isAligned { sources.append(source) } else { lastSource = source }
    }

    /// Hands out the next source as ``lastSource``.
    @inline(__always)
    mutating func takeSource() {
        guard nextSource < sources.count else { return }
        lastSource = sources[nextSource]
        nextSource += 1
        if nextSource == sources.count {
            sources.removeAll(keepingCapacity: true)
            nextSource = 0
        }
    }

    mutating func add(_ scalar: UInt32, _ combiningClass: UInt8, isFirst: Bool) {
        waiting.append(Mark(scalar: scalar, combiningClass: combiningClass, isFirst: isFirst))
    }

    /// Sorts by combining class; marks of one class keep their order.
    mutating func sort() {
        guard waiting.count > Self.insertionLimit else {
            sortByInsertion()
            return
        }
        // A counting sort: stable and linear, whatever a hostile text piles up.
        var ends = [Int](repeating: 0, count: 257)
        for mark in waiting { ends[Int(mark.combiningClass) + 1] += 1 }
        for index in 1..<257 { ends[index] += ends[index - 1] }
        var sorted = waiting
        for mark in waiting {
            sorted[ends[Int(mark.combiningClass)]] = mark
            ends[Int(mark.combiningClass)] += 1
        }
        waiting = sorted
    }

    private mutating func sortByInsertion() {
        for index in waiting.indices.dropFirst() {
            let mark = waiting[index]
            var place = index
            while place > 0, waiting[place - 1].combiningClass > mark.combiningClass {
                waiting[place] = waiting[place - 1]
                place -= 1
            }
            waiting[place] = mark
        }
    }

    mutating func removeAll() {
        waiting.removeAll(keepingCapacity: true)
    }
}
