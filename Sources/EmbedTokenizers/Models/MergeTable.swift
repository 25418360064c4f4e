// SPDX-License-Identifier: Apache-2.0

/// Which pairs of tokens merge, in which order, and to what: an open-addressing table.
struct MergeTable: Sendable {
    /// What a pair becomes: its rank above the id of the merged token, so that the lower one merges first.
    struct Merge: Comparable {
        let bits: UInt64

        /// The pair doesn't merge.
        static let none = Merge(bits: .max)

        var rank: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
        var id: Int32 { Int32(truncatingIfNeeded: bits) }

        static func < (left: Merge, right: Merge) -> Bool { left.bits < right.bits }
    }

    private struct Slot {
        /// Both ids + 1; zero when free.
        var key: UInt64 = 0
        var merge = Merge.none
    }

    /// Slots looked at before a table is taken for one made to collide.
    private static let probeLimit = 4096

    private var slots: [Slot]
    private let shift: UInt64

    init(count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        shift = 64 - bits
        slots = [Slot](repeating: Slot(), count: 1 << bits)
    }

    /// Adds a pair; of equal ones the last holds.
    ///
    /// - Returns: Whether a free slot was near.
    mutating func insert(_ left: Int32, _ right: Int32, rank: Int, id: Int32) -> Bool {
        let key = Self.key(left, right)
        var slot = index(key)
        var probes = 0
        while slots[slot].key != 0, slots[slot].key != key {
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
            if probes > Self.probeLimit { return false }
        }
        let bits = UInt64(UInt32(truncatingIfNeeded: rank)) << 32 | UInt64(UInt32(bitPattern: id))
        slots[slot] = Slot(key: key, merge: Merge(bits: bits))
        return true
    }

    /// What two tokens side by side become.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        let key = Self.key(left, right)
        let slots = slots.span
        var slot = index(key)
        while true {
            let entry = slots[slot]
            if entry.key == key { return entry.merge }
            if entry.key == 0 { return .none }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        (UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))) + 1
    }

    /// Spreads ids that follow one another; a single product leaves rows of the table of pairs in clusters.
    @inline(__always)
    private func index(_ key: UInt64) -> Int {
        let mixed = (key ^ key >> 29) &* 0xBF58_476D_1CE4_E5B9
        return Int(truncatingIfNeeded: ((mixed ^ mixed >> 32) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}
