// SPDX-License-Identifier: Apache-2.0

/// Pieces by their scalars: one open-addressing table of steps, so that a step costs about one access to memory.
///
/// A step leads from a node by a scalar to a node. The node at a piece's end has the piece's id + 1, other nodes follow;
/// the root is 0. A slot is eight bytes because it leaves out what its place says of the step (quotienting):
/// ```
/// node: 26 bits | whether steps lead on: 1 | rest of the mixed step and distance from its place: 37
/// ```
struct PieceTrie: Sendable {
    /// Where a step leads.
    struct Node {
        fileprivate let slot: UInt64

        /// What further steps start from.
        var number: UInt64 { slot & nodeMask }
        /// Whether any does.
        var leadsOn: Bool { slot & leadsOnBit != 0 }
        /// The piece that ends here, if the node is that of one: see ``PieceTrie/pieceCount``.
        var piece: Int { Int(truncatingIfNeeded: slot & nodeMask) - 1 }
    }

    /// More nodes than pieces of 32 MiB can need.
    private static let nodeBitCount: UInt64 = 26
    private static let nodeMask: UInt64 = 1 << nodeBitCount - 1
    private static let leadsOnBit: UInt64 = 1 << nodeBitCount
    private static let tagShift = nodeBitCount + 1
    private static let scalarBitCount: UInt64 = 21
    private static let stepBitCount = nodeBitCount + scalarBitCount
    private static let stepMask: UInt64 = 1 << stepBitCount - 1
    /// Bits of a slot for the rest of a step and the distance.
    private static let tagBitCount = 64 - tagShift
    /// Leaves 8 bits for the distance.
    private static let leastIndexBitCount: UInt64 = 18
    /// The pool's limit makes a table of 2²⁵ at most; more is for pieces made to collide.
    private static let mostIndexBitCount: UInt64 = 27

    private(set) var slots: [UInt64]
    /// How many slots there are, as a power of two.
    let indexBitCount: UInt64
    let pieceCount: Int
    private var lastNode: UInt64
    /// Makes reading ahead an effect that stays; its value means nothing.
    private var touched: UInt64 = 0

    /// The trie of a vocabulary; nothing when its steps collide beyond reason.
    static func make(_ vocabulary: Vocabulary) -> PieceTrie? {
        let lengths = Self.lengths(vocabulary)
        let order = Self.sortedByLength(lengths)
        let scalarCount = lengths.reduce(0, +)
        var bits = leastIndexBitCount
        // At most three quarters full; half of that as a rule, for pieces share their beginnings.
        while 3 << bits < 4 * scalarCount { bits += 1 }
        while bits <= mostIndexBitCount {
            var trie = PieceTrie(indexBitCount: bits, pieceCount: vocabulary.count)
            if trie.insert(order, lengths, from: vocabulary) { return trie }
            bits += 1
        }
        return nil
    }

    private init(indexBitCount: UInt64, pieceCount: Int) {
        self.indexBitCount = indexBitCount
        self.pieceCount = pieceCount
        lastNode = UInt64(pieceCount)
        slots = [UInt64](repeating: 0, count: 1 << indexBitCount)
    }

    /// The node to which a scalar leads from a node with a number, zero for the root.
    @inline(__always)
    static func node(
        _ slots: Span<UInt64>, indexBitCount: UInt64, from number: UInt64, by scalar: UInt32
    ) -> Node? {
        var (index, tag) = place(number, scalar, indexBitCount)
        let end = tag + farthest(indexBitCount)
        while tag < end {
            let slot = slots[index]
            if slot == 0 { return nil }
            if slot >> tagShift == tag { return Node(slot: slot) }
            index = (index + 1) & (slots.count - 1)
            tag += 1
        }
        return nil
    }

    /// How far from its place a step may be: the distance may not run into the rest of the step.
    @inline(__always)
    private static func farthest(_ indexBitCount: UInt64) -> UInt64 {
        min(1 << (indexBitCount + tagBitCount - stepBitCount), 1 << 12)
    }

    /// A piece on its way into the table.
    private struct Entry {
        var piece: UInt64 = 0
        /// Where its next scalar stands among the bytes of all pieces.
        var position = 0
        var scalar: UInt32 = 0
        /// The node reached so far, and the slot of the step that led to it, or -1.
        var number: UInt64 = 0
        var parent = -1
    }

    /// How many pieces go in at a time: memory serves about as many requests at once.
    private static let batchSize = 16

    /// Adds pieces, the shortest first; of equal ones the last holds, and empty ones are left out.
    ///
    /// Several at a time: their slots lie all over memory, and waiting for one after the other takes far longer.
    ///
    /// - Returns: Whether slots near enough were free.
    private mutating func insert(_ order: [Int32], _ lengths: [Int], from vocabulary: Vocabulary) -> Bool {
        let bytes = vocabulary.bytes
        var batch = [Entry](repeating: Entry(), count: Self.batchSize)
        var first = 0
        while first < order.count {
            let length = lengths[Int(order[first])]
            var count = 0
            while first < order.count, count < Self.batchSize, lengths[Int(order[first])] == length {
                let piece = Int(order[first])
                batch[count] = Entry(piece: UInt64(piece), position: vocabulary.range(of: piece).lowerBound)
                count += 1
                first += 1
            }
            for depth in 0..<length {
                touched ^= readAhead(&batch, count, bytes.span)
                for index in 0..<count {
                    guard advance(&batch[index], isLast: depth == length - 1) else { return false }
                }
            }
        }
        return true
    }

    /// Reads the next scalars of a batch, and brings their slots into the cache.
    ///
    /// - Returns: A value that means nothing, so that the reading is not optimised away.
    private func readAhead(_ batch: inout [Entry], _ count: Int, _ bytes: Span<UInt8>) -> UInt64 {
        let slots = slots.span
        var batch = batch.mutableSpan
        var sum: UInt64 = 0
        for index in 0..<count {
            let (scalar, length) = UTF8Decoding.scalar(bytes, at: batch[index].position)
            batch[index].scalar = scalar
            batch[index].position += length
            sum ^= slots[Self.place(batch[index].number, scalar, indexBitCount).0]
        }
        return sum
    }

    /// Takes an entry's step by its scalar.
    private mutating func advance(_ entry: inout Entry, isLast: Bool) -> Bool {
        guard let index = findOrAdd(entry.number, entry.scalar) else { return false }
        if entry.parent >= 0 { slots[entry.parent] |= Self.leadsOnBit }
        if isLast {
            // Whatever leads on from here is longer, so nothing yet starts from the number that goes.
            slots[index] = slots[index] & ~Self.nodeMask | entry.piece + 1
        } else if slots[index] & Self.nodeMask == 0 {
            lastNode += 1
            slots[index] |= lastNode
        }
        entry.number = slots[index] & Self.nodeMask
        entry.parent = index
        return true
    }

    /// The slot of a step, taken for it if need be; its node is then zero, to be set at once.
    private mutating func findOrAdd(_ number: UInt64, _ scalar: UInt32) -> Int? {
        var (index, tag) = Self.place(number, scalar, indexBitCount)
        let end = tag + Self.farthest(indexBitCount)
        while tag < end {
            if slots[index] == 0 {
                slots[index] = tag << Self.tagShift
                return index
            }
            if slots[index] >> Self.tagShift == tag { return index }
            index = (index + 1) & (slots.count - 1)
            tag += 1
        }
        return nil
    }

    /// Where a step belongs, and what its slot says of it at distance zero.
    ///
    /// The mixing can be undone, so two steps of one place differ in the rest.
    @inline(__always)
    private static func place(_ number: UInt64, _ scalar: UInt32, _ indexBitCount: UInt64) -> (Int, UInt64) {
        var step = number << scalarBitCount | UInt64(scalar)
        step ^= step >> 23
        step = step &* 0x9E37_79B9_7F4A_7C15 & stepMask
        step ^= step >> 24
        let restBitCount = stepBitCount - indexBitCount
        let rest = step & (1 << restBitCount - 1)
        return (Int(truncatingIfNeeded: step >> restBitCount), rest << (tagBitCount - restBitCount))
    }

    /// How many scalars each piece has.
    private static func lengths(_ vocabulary: Vocabulary) -> [Int] {
        let bytes = vocabulary.bytes
        let pool = bytes.span
        return (0..<vocabulary.count).map { piece in
            var length = 0
            for position in vocabulary.range(of: piece) where pool[position] & 0xC0 != 0x80 { length += 1 }
            return length
        }
    }

    /// Indices of lengths, the shortest first, in linear time.
    private static func sortedByLength(_ lengths: [Int]) -> [Int32] {
        var ends = [Int](repeating: 0, count: (lengths.max() ?? 0) + 2)
        for length in lengths { ends[length + 1] += 1 }
        for length in ends.indices.dropFirst() { ends[length] += ends[length - 1] }
        var order = [Int32](repeating: 0, count: lengths.count)
        for (index, length) in lengths.enumerated() {
            order[ends[length]] = Int32(truncatingIfNeeded: index)
            ends[length] += 1
        }
        return order
    }
}
