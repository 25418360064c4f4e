// SPDX-License-Identifier: Apache-2.0

/// A hash that grows byte by byte, so that the hashes of all prefixes of a word cost one pass (FNV-1a, 64 bits).
struct VocabularyHash: Sendable {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(of bytes: [UInt8]) {
        for byte in bytes { add(byte) }
    }

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// The hash spread over all bits; FNV leaves its high ones weak on short words.
    @inline(__always)
    var mixed: UInt64 { (state ^ state >> 32) &* 0x9E37_79B9_7F4A_7C15 }
}
