// SPDX-License-Identifier: Apache-2.0

/// The symbols of one word while they merge; kept from word to word for its memory.
struct SymbolRow {
    /// Up to here looking at every pair again and again is faster than a queue.
    ///
    /// Random words, a vocabulary of 30,000, an AMD EPYC: 21 MB/s instead of 7 at 16 letters, even at 128.
    private static let scanLimit = 128

    private struct Symbol {
        var id: Int32 = 0
        /// How many bytes of the word it stands for; zero once it has merged into the one before.
        var length: UInt32 = 0
        /// What it and the next one become.
        var merge = MergeTable.Merge.none
    }

    private(set) var count = 0
    /// Whether a pair merges wherever it stands before any pair that comes of it: GPT-2's way, which PhoBERT keeps.
    ///
    /// It matters only where merges are not learnt in order, each after its sides.
    private let mergesInRounds: Bool
    private var symbols: [Symbol] = []
    /// For the queue: the neighbours of each symbol that is still there.
    private var next: [Int32] = []
    private var previous: [Int32] = []
    /// A heap of ranks above positions.
    private var queue: [UInt64] = []
    /// Entries that wait for the end of a round.
    private var deferred: [UInt64] = []

    init(mergesInRounds: Bool = false) { self.mergesInRounds = mergesInRounds }

    mutating func removeAll() { count = 0 }

    /// Adds a symbol that stands for `length` bytes.
    @inline(__always)
    mutating func append(_ id: Int32, length: Int) {
        if count == symbols.count { symbols.append(contentsOf: repeatElement(Symbol(), count: max(64, count))) }
        symbols[count] = Symbol(id: id, length: UInt32(truncatingIfNeeded: length))
        count += 1
    }

    @inline(__always)
    func id(at index: Int) -> Int32 { symbols[index].id }

    @inline(__always)
    func length(at index: Int) -> Int { Int(symbols[index].length) }

    /// Merges until no pair merges: the lowest rank first, of equal ones the leftmost.
    ///
    /// - Complexity: O(n log n) for n symbols.
    mutating func merge(_ table: MergeTable) {
        guard count > 1 else { return }
        for index in 0..<count - 1 { symbols[index].merge = table.merge(symbols[index].id, symbols[index + 1].id) }
        if count <= Self.scanLimit { mergeByScanning(table) } else { mergeByQueue(table) }
    }

    private mutating func mergeByScanning(_ table: MergeTable) {
        var last = count - 1
        let mergesInRounds = mergesInRounds
        var symbols = symbols.mutableSpan
        var round: UInt32?
        while last > 0 {
            var best = 0
            var lowest = symbols[0].merge
            for index in 1..<last where symbols[index].merge.rank < lowest.rank {
                best = index
                lowest = symbols[index].merge
            }
            if let rank = round, lowest.rank < rank {
                for index in 0..<last where symbols[index].merge.rank == rank {
                    best = index
                    lowest = symbols[index].merge
                    break
                }
            }
            if lowest == .none { break }
            if mergesInRounds { round = lowest.rank }
            symbols[best].id = lowest.id
            symbols[best].length += symbols[best + 1].length
            for index in best + 1..<last { symbols[index] = symbols[index + 1] }
            last -= 1
            if best > 0 { symbols[best - 1].merge = table.merge(symbols[best - 1].id, symbols[best].id) }
            if best < last { symbols[best].merge = table.merge(symbols[best].id, symbols[best + 1].id) }
        }
        count = last + 1
    }

    private mutating func mergeByQueue(_ table: MergeTable) {
        next = (0..<count).map { Int32($0 + 1) }
        previous = (0..<count).map { Int32($0 - 1) }
        queue.removeAll(keepingCapacity: true)
        symbols[count - 1].merge = .none
        for index in 0..<count where symbols[index].merge != .none { queue.append(entry(index)) }
        for index in stride(from: queue.count / 2 - 1, through: 0, by: -1) { sink(index) }
        var round: UInt32 = 0
        while let entry = popAfterRound(&round) {
            let position = Int(UInt32(truncatingIfNeeded: entry))
            let merge = symbols[position].merge
            // A pair that has changed since has another rank: no two pairs at one place spell the same.
            guard symbols[position].length > 0, merge != .none, merge.rank == UInt32(truncatingIfNeeded: entry >> 32)
            else { continue }
            let right = Int(next[position])
            symbols[position].id = merge.id
            symbols[position].length += symbols[right].length
            symbols[right].length = 0
            next[position] = next[right]
            let after = Int(next[right])
            if after < count { previous[after] = Int32(position) }
            update(position, after < count ? table.merge(merge.id, symbols[after].id) : .none, round)
            let before = Int(previous[position])
            if before >= 0 { update(before, table.merge(symbols[before].id, merge.id), round) }
        }
        compact()
    }

    /// Notes what the symbol at a position and the next one become.
    private mutating func update(_ position: Int, _ merge: MergeTable.Merge, _ round: UInt32) {
        symbols[position].merge = merge
        if merge == .none { return }
        if mergesInRounds, merge.rank < round { deferred.append(entry(position)) } else { push(entry(position)) }
    }

    /// The next entry; what was deferred comes once no entry of the round's rank is left.
    private mutating func popAfterRound(_ round: inout UInt32) -> UInt64? {
        if !deferred.isEmpty, queue.first.map({ $0 >> 32 != UInt64(round) }) ?? true {
            for entry in deferred { push(entry) }
            deferred.removeAll(keepingCapacity: true)
        }
        guard let entry = pop() else { return nil }
        round = UInt32(truncatingIfNeeded: entry >> 32)
        return entry
    }

    private func entry(_ position: Int) -> UInt64 {
        UInt64(symbols[position].merge.rank) << 32 | UInt64(UInt32(truncatingIfNeeded: position))
    }

    /// Closes the gaps that merged symbols have left.
    private mutating func compact() {
        var kept = 0
        for index in 0..<count where symbols[index].length > 0 {
            symbols[kept] = symbols[index]
            kept += 1
        }
        count = kept
    }

    private mutating func push(_ entry: UInt64) {
        queue.append(entry)
        var index = queue.count - 1
        while index > 0, queue[(index - 1) / 2] > entry {
            queue[index] = queue[(index - 1) / 2]
            index = (index - 1) / 2
        }
        queue[index] = entry
    }

    private mutating func pop() -> UInt64? {
        guard let first = queue.first, let last = queue.popLast() else { return nil }
        if !queue.isEmpty {
            queue[0] = last
            sink(0)
        }
        return first
    }

    private mutating func sink(_ start: Int) {
        var index = start
        let entry = queue[index]
        while true {
            var child = 2 * index + 1
            guard child < queue.count else { break }
            if child + 1 < queue.count, queue[child + 1] < queue[child] { child += 1 }
            guard queue[child] < entry else { break }
            queue[index] = queue[child]
            index = child
        }
        queue[index] = entry
    }
}
