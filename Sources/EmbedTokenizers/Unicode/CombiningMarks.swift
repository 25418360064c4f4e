// SPDX-License-Identifier: Apache-2.0

/// The marks after a starter while their canonical order is not known yet.
///
/// Keeps sources the way the reference does: it hands the source scalars out in their old order to the parts in their
/// new order, one to each part that begins a decomposition; any other part shares the source handed out last.
struct CombiningMarks {
    struct Mark: CombiningScalar {
        let scalar: UInt32
        let combiningClass: UInt8
        /// Whether it is the first part of what a scalar decomposed to.
        let isFirst: Bool
    }

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

    /// Puts the marks into their canonical order.
    mutating func sort() { waiting.sortCanonically() }

    mutating func removeAll() {
        waiting.removeAll(keepingCapacity: true)
    }
}
