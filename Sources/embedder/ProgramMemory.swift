// SPDX-License-Identifier: Apache-2.0

import CMalloc
import EmbedDevices
import Glibc

/// The memory of the program itself, beside the models'.
enum ProgramMemory {
    /// Gives large blocks of the heap back as soon as they are free, so that memory is flat under load.
    ///
    /// By itself glibc keeps blocks of any size it has seen freed once, up to 32 MB, for each thread: after some large
    /// requests 10 to 20 MB that nobody uses.
    static func returnLargeBlocks() {
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }

    /// Gives back free heap: what a model that has left memory kept there.
    static func giveBackHeap() { malloc_trim(0) }

    /// Gives back free heap and the pages of code that only starting needed.
    ///
    /// What runs again comes back from the page cache within microseconds; about 6 MB never does.
    static func giveBackStartUp() {
        giveBackHeap()
        guard let path = executablePath(), let maps = TextFile.read("/proc/self/maps") else { return }
        for range in codeRanges(in: maps, of: path) {
            // Mapped from the file and never written to: the system can read it again.
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    private static func executablePath() -> String? {
        let path = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let length = buffer.withMemoryRebound(to: CChar.self) { buffer in
                buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
            }
            count = max(length, 0)
        }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    /// Addresses at which the file at `path` is mapped to be executed and not to be written; `maps` is the text of
    /// /proc/self/maps.
    static func codeRanges(in maps: String, of path: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }) == path else {
                return nil
            }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return bounds.count == 2 && bounds[0] < bounds[1] ? bounds[0]..<bounds[1] : nil
        }
    }
}
