// SPDX-License-Identifier: Apache-2.0

/// Pieces by their scalars: one open-addressing table of steps, so that a step costs about one access to memory.
///
/// A step leads from a node by a scalar. A node exists only where a step leads on, so a piece's last step names none.
struct PieceTrie: Sendable {
    struct Step: Sendable {
        /// The node the step starts from and its scalar, with ``used``; zero when the slot is free.
        fileprivate var key: UInt64 = 0
        /// Where the step leads, or zero when no piece goes on.
        fileprivate(set) var node: UInt32 = 0
        /// The piece that ends with this step, or -1.
        fileprivate(set) var piece: Int32 = -1
    }

    static let root: UInt32 = 1
    private static let used: UInt64 = 1 << 63
    /// Slots looked at before a vocabulary is taken for one made to collide; real ones stay below 64.
    private static let probeLimit = 4096

    private var slots: [Step]
    private var shift: UInt64
    private var stepCount = 0
    private var lastNode = root

    /// An empty trie with room for `count` pieces of usual length.
    init(expectedCount count: Int) {
        var bits: UInt64 = 6
        // A vocabulary of 250,000 pieces has about 2.5 steps a piece.
        while 1 << bits < count * 4 { bits += 1 }
        shift = 64 - bits
        slots = [Step](repeating: Step(), count: 1 << bits)
    }

    /// The step from a node by a scalar.
    @inline(__always)
    static func step(_ slots: Span<Step>, shift: UInt64, from node: UInt32, by scalar: UInt32) -> Step? {
        let key = Self.key(node, scalar)
        var slot = Self.slot(key, shift)
        while true {
            let step = slots[slot]
            if step.key == key { return step }
            if step.key == 0 { return nil }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// The table, for ``step(_:shift:from:by:)`` in a loop.
    var table: (slots: [Step], shift: UInt64) { (slots, shift) }

    /// Adds a piece, unless it is empty; of equal ones the last holds.
    ///
    /// - Returns: Whether free slots were near.
    mutating func insert(_ spelling: Span<UInt8>, piece: Int32) -> Bool {
        // Room for every step, so that no slot moves on the way.
        while (stepCount + spelling.count) * 8 > slots.count * 5 {
            guard grow() else { return false }
        }
        var node = Self.root
        var position = 0
        while position < spelling.count {
            let (scalar, length) = UTF8Decoding.scalar(spelling, at: position)
            position += length
            guard let slot = place(Self.key(node, scalar)) else { return false }
            if position == spelling.count {
                slots[slot].piece = piece
            } else if slots[slot].node == 0 {
                lastNode += 1
                slots[slot].node = lastNode
            }
            node = slots[slot].node
        }
        return true
    }

    /// The slot of a key, taken for it if need be.
    private mutating func place(_ key: UInt64) -> Int? {
        var slot = Self.slot(key, shift)
        var probes = 0
        while slots[slot].key != key {
            if slots[slot].key == 0 {
                slots[slot].key = key
                stepCount += 1
                return slot
            }
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
            if probes > Self.probeLimit { return nil }
        }
        return slot
    }

    /// Doubles the table.
    private mutating func grow() -> Bool {
        let old = slots
        slots = [Step](repeating: Step(), count: old.count * 2)
        shift -= 1
        stepCount = 0
        for step in old where step.key != 0 {
            guard let slot = place(step.key) else { return false }
            slots[slot] = step
        }
        return true
    }

    @inline(__always)
    private static func key(_ node: UInt32, _ scalar: UInt32) -> UInt64 {
        used | UInt64(node) << 21 | UInt64(scalar)
    }

    @inline(__always)
    private static func slot(_ key: UInt64, _ shift: UInt64) -> Int {
        let spread = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: spread >> shift)
    }
}
