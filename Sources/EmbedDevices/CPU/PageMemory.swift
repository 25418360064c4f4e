// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A block of memory on its own pages, zero at first; a large one on huge pages where the system has them.
final class PageMemory: Sendable {
    /// The first byte, 64-byte aligned.
    ///
    /// Who writes where and when is the owner's business.
    nonisolated(unsafe) let base: UnsafeMutableRawPointer
    let byteCount: Int
    private nonisolated(unsafe) let mapping: UnsafeMutableRawPointer
    private let mappingByteCount: Int

    /// From this size on memory is aligned to huge pages, whose translation the processor need not look up so often.
    private static let hugePageByteCount = 2 << 20

    init(byteCount: Int) throws(DeviceError) {
        let isLarge = byteCount >= Self.hugePageByteCount
        mappingByteCount = max(byteCount, 1) + (isLarge ? Self.hugePageByteCount : 0)
        let address = mmap(nil, mappingByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else {
            throw .memory(byteCount: byteCount, reason: String(cString: strerror(errno)))
        }
        mapping = address
        self.byteCount = byteCount
        base = isLarge ? address.alignedUp(toMultipleOf: Self.hugePageByteCount) : address
        if isLarge { madvise(base, byteCount, MADV_HUGEPAGE) }
    }

    deinit { munmap(mapping, mappingByteCount) }
}

/// Memory that grows with the largest batch so far and is kept for the next.
struct Arena {
    private var memory: PageMemory?

    /// Room for `byteCount` bytes, whose values are undefined; 64-byte aligned, valid until the next call.
    mutating func reserve(byteCount: Int) throws(DeviceError) -> UnsafeMutableRawPointer {
        if let memory, memory.byteCount >= byteCount { return memory.base }
        // The old block goes first: the two need not exist side by side.
        memory = nil
        let grown = try PageMemory(byteCount: byteCount)
        memory = grown
        return grown.base
    }
}

extension Int {
    /// The next multiple of `multiple`, or this number if it is one.
    func roundedUp(toMultipleOf multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }

    /// The distance between rows of this many floats: an odd number of cache lines.
    ///
    /// With an even number the rows of a tile would fall on few sets of the first cache and drive each other out.
    var rowStride: Int {
        let lines = (self + 15) / 16
        return (lines | 1) * 16
    }
}
