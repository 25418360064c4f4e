// SPDX-License-Identifier: Apache-2.0

/// Words that are one token, so that most words of a text cost one look.
struct WordTable: Sendable {
    private var pool: [UInt8] = []
    private var starts: [UInt32] = [0]
    private var ids: [Int32] = []
    /// The low half of a word's hash above its index + 1; zero when free.
    private var slots: [UInt64]
    private let shift: UInt64
    private var longest = 0

    init(count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        shift = 64 - bits
        slots = [UInt64](repeating: 0, count: 1 << bits)
        starts.reserveCapacity(count + 1)
        ids.reserveCapacity(count)
        pool.reserveCapacity(count * 8)
    }

    /// Slots looked at before a word is left out: it then merges as any other.
    private static let probeLimit = 64

    /// Adds a word that is not there yet.
    ///
    /// - Returns: Whether a free slot was near.
    mutating func insert(_ word: [UInt8], id: Int32) -> Bool {
        let mixed = VocabularyHash(of: word).mixed
        var slot = Int(truncatingIfNeeded: mixed >> shift)
        var probes = 0
        while slots[slot] != 0 {
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
            if probes > Self.probeLimit { return false }
        }
        slots[slot] = mixed << 32 | UInt64(ids.count + 1)
        pool.append(contentsOf: word)
        starts.append(UInt32(pool.count))
        ids.append(id)
        longest = max(longest, word.count)
        return true
    }

    @inline(__always)
    func id(_ text: Span<UInt8>, _ range: Range<Int>) -> Int32? {
        guard range.count <= longest else { return nil }
        var hash = VocabularyHash()
        for position in range { hash.add(text[position]) }
        let mixed = hash.mixed
        let slots = slots.span
        var slot = Int(truncatingIfNeeded: mixed >> shift)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == UInt32(truncatingIfNeeded: mixed) {
                let index = Int(UInt32(truncatingIfNeeded: entry)) - 1
                if spells(index, text, range) { return ids[index] }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    @inline(__always)
    private func spells(_ index: Int, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var position = Int(starts[index])
        guard Int(starts[index + 1]) - position == range.count else { return false }
        let pool = pool.span
        for offset in range {
            if pool[position] != text[offset] { return false }
            position += 1
        }
        return true
    }
}
