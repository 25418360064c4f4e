// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Tokens and their ids: an open-addressing table over one pool of bytes.
struct Vocabulary: Sendable {
    /// Highest id accepted: four times the largest vocabulary published, so that a damaged file can't ask for gigabytes.
    static let highestID = (1 << 22) - 1
    /// Slots looked at before a vocabulary is taken for one made to collide; real ones stay below 64.
    private static let probeLimit = 4096

    private var pool: [UInt8] = []
    /// Where each token begins in the pool, and the pool's end.
    private var starts: [UInt32] = [0]
    private var ids: [Int32] = []
    /// The low half of a token's hash above the token's index + 1; zero when free.
    private var slots: [UInt64]
    private let shift: UInt64
    /// For each id, the token's index, or -1.
    private var indices: [Int32] = []

    /// Reads an object of spellings and ids.
    init(_ field: TokenizerField) throws(TokenizerError) {
        guard field.value.kind == .object else { throw field.wrongKind(expected: "an object") }
        let count = field.value.count
        guard count <= Self.highestID + 1 else {
            throw .invalid(key: field.path, reason: "has \(count) tokens; at most \(Self.highestID + 1) are supported")
        }
        self.init(expectedCount: count)
        try field.value.forEachMember { (token, value) throws(TokenizerError) in
            guard let id = value.int, id >= 0, id <= Self.highestID else {
                let spelling = String(decoding: (0..<min(token.count, 64)).map { token[$0] }, as: UTF8.self)
                throw .invalid(
                    key: "\(field.path).\(spelling)",
                    reason: "is \(value.kind == .number ? value.rawText : value.kind.name); expected a whole number "
                        + "from 0 to \(Self.highestID)")
            }
            guard insert(token, id: Int32(id)) else {
                throw .invalid(key: field.path, reason: "holds too many tokens with the same hash")
            }
        }
    }

    /// An empty vocabulary with room for `count` tokens; see ``append(_:)``.
    init(expectedCount count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        shift = 64 - bits
        slots = [UInt64](repeating: 0, count: 1 << bits)
        starts.reserveCapacity(count + 1)
        ids.reserveCapacity(count)
        pool.reserveCapacity(count * 8)
        indices.reserveCapacity(count)
    }

    /// Adds a token whose id is its position, of at most as many as were expected; of equal spellings the last holds.
    ///
    /// - Returns: Whether a free slot was near.
    mutating func append(_ token: Span<UInt8>) -> Bool {
        insert(token, id: Int32(ids.count), replacesEqual: true)
    }

    /// Number of tokens.
    var count: Int { ids.count }

    /// One more than the highest id.
    var size: Int { indices.count }

    /// The spellings of all tokens.
    var bytes: [UInt8] { pool }

    /// Where the token at `index`, in the order of the file, stands in ``bytes``.
    func range(of index: Int) -> Range<Int> { Int(starts[index])..<Int(starts[index + 1]) }

    /// The spelling of the token at `index`, in the order of the file.
    func entry(_ index: Int) -> ArraySlice<UInt8> { pool[range(of: index)] }

    /// The id of the token at `index`, in the order of the file.
    func id(at index: Int) -> Int32 { ids[index] }

    func token(for id: Int32) -> [UInt8]? {
        guard id >= 0, Int(id) < indices.count, indices[Int(id)] >= 0 else { return nil }
        return Array(entry(Int(indices[Int(id)])))
    }

    func id(of token: [UInt8]) -> Int32? {
        id(prefix: nil, token.span, 0..<token.count, hash: VocabularyHash(of: token))
    }

    /// The id of the token spelled `prefix` followed by a range of `text`; `hash` is that of both.
    @inline(__always)
    func id(prefix: [UInt8]?, _ text: Span<UInt8>, _ range: Range<Int>, hash: VocabularyHash) -> Int32? {
        let mixed = hash.mixed
        var slot = Int(truncatingIfNeeded: mixed >> shift)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == UInt32(truncatingIfNeeded: mixed) {
                let index = Int(UInt32(truncatingIfNeeded: entry)) - 1
                if spells(index, prefix, text, range) { return ids[index] }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    @inline(__always)
    private func spells(_ index: Int, _ prefix: [UInt8]?, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var position = Int(starts[index])
        let prefixCount = prefix?.count ?? 0
        guard Int(starts[index + 1]) - position == prefixCount + range.count else { return false }
        if let prefix {
            for byte in prefix {
                if pool[position] != byte { return false }
                position += 1
            }
        }
        for offset in range {
            if pool[position] != text[offset] { return false }
            position += 1
        }
        return true
    }

    /// Adds a token; one of the same spelling must not be there unless it is to be replaced.
    ///
    /// - Returns: Whether a free slot was near.
    mutating func insert(_ token: Span<UInt8>, id: Int32, replacesEqual: Bool = false) -> Bool {
        var hash = VocabularyHash()
        for position in 0..<token.count { hash.add(token[position]) }
        let mixed = hash.mixed
        var slot = Int(truncatingIfNeeded: mixed >> shift)
        var probes = 0
        while slots[slot] != 0 {
            if replacesEqual, UInt32(truncatingIfNeeded: slots[slot] >> 32) == UInt32(truncatingIfNeeded: mixed),
                spells(Int(UInt32(truncatingIfNeeded: slots[slot])) - 1, nil, token, 0..<token.count)
            {
                break
            }
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
            if probes > Self.probeLimit { return false }
        }
        slots[slot] = mixed << 32 | UInt64(ids.count + 1)
        for position in 0..<token.count { pool.append(token[position]) }
        starts.append(UInt32(pool.count))
        if Int(id) == indices.count {
            indices.append(Int32(ids.count))
        } else {
            if Int(id) > indices.count {
                indices.append(contentsOf: repeatElement(-1, count: Int(id) + 1 - indices.count))
            }
            indices[Int(id)] = Int32(ids.count)
        }
        ids.append(id)
        return true
    }
}
