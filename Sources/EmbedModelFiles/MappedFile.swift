// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file mapped read-only into memory, or memory of its own; unmapped when the last reference goes.
///
/// A file that is shortened while it is mapped kills the process with SIGBUS on the next touch. So mappings live only
/// while a model loads: weights are copied or packed into memory of our own and the mapping is dropped.
package final class MappedFile: Sendable {
    /// The file's name as error messages show it.
    package let name: String
    /// Never written after `init` and never written through: safe to share between threads.
    private nonisolated(unsafe) let base: UnsafeRawPointer?
    package let byteCount: Int
    /// Whether there is a file to read pages from again.
    private let isFile: Bool

    /// Maps the whole file at `path`.
    package init(path: String, name: String) throws(ModelFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? .missingFile(name, hint: "") : .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: name, reason: "not a regular file") }
        self.name = name
        isFile = true
        byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            base = nil
            return
        }
        let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        base = UnsafeRawPointer(mapping)
    }

    /// Memory that is in no file, with a copy of `values`.
    init(copying values: [Float], name: String) throws(ModelFileError) {
        self.name = name
        isFile = false
        byteCount = values.count * MemoryLayout<Float>.size
        guard byteCount > 0 else {
            base = nil
            return
        }
        let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        let memory = UnsafeMutableRawBufferPointer(start: mapping, count: byteCount)
        values.withUnsafeBytes { memory.copyMemory(from: $0) }
        base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    }

    /// Calls `body` with the bytes in `range`, which must lie inside the file.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        return try body(UnsafeRawBufferPointer(start: base.map { $0 + range.lowerBound }, count: range.count))
    }

    /// Tells the kernel that the pages in `range` are not needed any more, so that they stop counting as resident.
    package func release(_ range: Range<Int>) {
        guard isFile, let base, range.count > 0 else { return }
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = range.lowerBound / pageSize * pageSize
        madvise(UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, MADV_DONTNEED)
    }
}
