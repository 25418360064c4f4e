// SPDX-License-Identifier: Apache-2.0

/// Finds a key that stands twice in one object.
///
/// An open-addressing table of node indices; the hash is seeded at random, so a hostile input can't prepare collisions.
struct JSONKeySet {
    /// Node index + 1 of the key in a slot; zero is free.
    private var slots: [UInt32]
    private let seed: UInt64

    init(keyCount: Int) {
        var size = 16
        while size < keyCount * 2 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        seed = UInt64.random(in: .min ... .max)
    }

    /// Adds the key at node `index`.
    ///
    /// - Returns: Whether the same key, in whatever spelling, was there before.
    mutating func insert(_ index: Int, nodes: [JSONDocument.Node], bytes: Span<UInt8>) -> Bool {
        let node = nodes[index]
        var slot = Int(truncatingIfNeeded: hash(node, bytes)) & (slots.count - 1)
        while slots[slot] != 0 {
            if Self.areEqual(nodes[Int(slots[slot]) - 1], node, bytes) { return true }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = UInt32(index + 1)
        return false
    }

    /// Whether two string nodes hold the same text once their escapes are decoded.
    static func areEqual(_ first: JSONDocument.Node, _ second: JSONDocument.Node, _ bytes: Span<UInt8>) -> Bool {
        if first.hasEscapes || second.hasEscapes {
            return JSONEscapes.decode(bytes, first.range) == JSONEscapes.decode(bytes, second.range)
        }
        guard first.range.count == second.range.count else { return false }
        for offset in 0..<first.range.count
        where bytes[Int(first.start) + offset] != bytes[Int(second.start) + offset] {
            return false
        }
        return true
    }

    private func hash(_ node: JSONDocument.Node, _ bytes: Span<UInt8>) -> UInt64 {
        var state = seed
        if node.hasEscapes {
            for byte in JSONEscapes.decode(bytes, node.range) { mix(byte, into: &state) }
        } else {
            for position in node.range { mix(bytes[position], into: &state) }
        }
        return state ^ state >> 32
    }

    /// The high half of the product comes back into the low one, so that every seed gives another order of collisions.
    private func mix(_ byte: UInt8, into state: inout UInt64) {
        let product = (state ^ UInt64(byte)).multipliedFullWidth(by: seed | 0x9E37_79B9_7F4A_7C15)
        state = product.high ^ product.low
    }
}
