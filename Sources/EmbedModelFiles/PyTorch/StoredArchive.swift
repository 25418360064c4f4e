// SPDX-License-Identifier: Apache-2.0

/// The files in a ZIP archive that are stored as they are, neither compressed nor encrypted.
///
/// Every bound is checked against the file before a byte is used. Format: PKWARE's APPNOTE.TXT, with its 64-bit sizes.
struct StoredArchive {
    /// Where each file's bytes are, by name.
    let entries: [String: Range<Int>]

    /// A file with `torch.save`'s tensors has a few thousand.
    private static let maxEntries = 1 << 20
    private static let maxDirectoryByteCount = 256 << 20
    private static let endByteCount = 22
    private static let maxCommentByteCount = 0xFFFF

    init(_ file: MappedFile) throws(ModelFileError) {
        let (directory, count) = try Self.findDirectory(in: file)
        var reader = LittleEndianReader(file.withBytes(in: directory) { [UInt8]($0) })
        var entries: [String: Range<Int>] = [:]
        for _ in 0..<count {
            guard let entry = Self.entry(&reader) else { throw Self.failure(file, "its directory is damaged") }
            guard entry.isStored else { throw Self.failure(file, "\(entry.name) is compressed or encrypted") }
            let range = try Self.range(of: entry, in: file, before: directory.lowerBound)
            guard entries.updateValue(range, forKey: entry.name) == nil else {
                throw Self.failure(file, "\(entry.name) is there twice")
            }
        }
        self.entries = entries
    }

    private static func failure(_ file: MappedFile, _ reason: String) -> ModelFileError {
        .invalidPyTorch(file: file.name, reason: reason)
    }

    /// The range of the archive's directory, and how many entries it has.
    private static func findDirectory(in file: MappedFile) throws(ModelFileError) -> (Range<Int>, count: Int) {
        let tailStart = max(0, file.byteCount - endByteCount - maxCommentByteCount)
        let tail = file.withBytes(in: tailStart..<file.byteCount) { [UInt8]($0) }
        let signature: [UInt8] = [0x50, 0x4B, 5, 6]
        guard tail.count >= endByteCount,
            let end = (0...tail.count - endByteCount).last(where: { tail[$0...].starts(with: signature) })
        else { throw failure(file, "it has no end of a ZIP archive") }
        var reader = LittleEndianReader(tail, position: end + 10)
        var count = reader.number(2)
        var size = reader.number(4)
        var start = reader.number(4)
        if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            let large = try findLargeDirectory(in: file, tail, end: end)
            (count, size, start) = (large.count, large.size, large.start)
        }
        guard let count, let size, let start, count <= maxEntries, size <= maxDirectoryByteCount,
            start <= file.byteCount, size <= file.byteCount - start
        else { throw failure(file, "its directory lies outside the file") }
        return (start..<start + size, count)
    }

    /// The directory's place where 32 bits are too few for it.
    private static func findLargeDirectory(
        in file: MappedFile, _ tail: [UInt8], end: Int
    ) throws(ModelFileError) -> (count: Int?, size: Int?, start: Int?) {
        let tailStart = file.byteCount - tail.count
        var locator = LittleEndianReader(tail, position: end - 20)
        guard end >= 20, locator.number(4) == 0x0706_4B50, locator.number(4) != nil, let place = locator.number(8),
            place <= file.byteCount - 56, place >= 0, place + 56 <= tailStart + end
        else { throw failure(file, "the end of its ZIP archive is damaged") }
        var record = LittleEndianReader(file.withBytes(in: place..<place + 56) { [UInt8]($0) })
        guard record.number(4) == 0x0606_4B50 else { throw failure(file, "the end of its ZIP archive is damaged") }
        record.position = 32
        return (record.number(8), record.number(8), record.number(8))
    }

    private struct Entry {
        var name: String
        var isStored: Bool
        var size: Int
        var headerStart: Int
    }

    private static func entry(_ reader: inout LittleEndianReader) -> Entry? {
        let start = reader.position
        guard reader.number(4) == 0x0201_4B50 else { return nil }
        reader.position = start + 8
        guard let flags = reader.number(2), let method = reader.number(2) else { return nil }
        reader.position = start + 20
        guard let packed = reader.number(4), var size = reader.number(4), let nameCount = reader.number(2),
            let extraCount = reader.number(2), let commentCount = reader.number(2)
        else { return nil }
        reader.position = start + 42
        guard var headerStart = reader.number(4), let name = reader.bytes(nameCount),
            let extra = reader.bytes(extraCount), reader.bytes(commentCount) != nil,
            let text = String(validating: name, as: UTF8.self)
        else { return nil }
        var fields = LittleEndianReader(Array(extra))
        while let kind = fields.number(2), let count = fields.number(2), let field = fields.bytes(count) {
            guard kind == 1 else { continue }
            // Only what didn't fit above, in this order.
            var large = LittleEndianReader(Array(field))
            if size == 0xFFFF_FFFF { size = large.number(8) ?? -1 }
            if packed == 0xFFFF_FFFF { _ = large.number(8) }
            if headerStart == 0xFFFF_FFFF { headerStart = large.number(8) ?? -1 }
        }
        guard size >= 0, headerStart >= 0 else { return nil }
        return Entry(name: text, isStored: method == 0 && flags & 1 == 0, size: size, headerStart: headerStart)
    }

    /// Where the bytes of `entry` are: behind its own header, whose name and extra field may be longer than the
    /// directory's.
    private static func range(
        of entry: Entry, in file: MappedFile, before limit: Int
    ) throws(ModelFileError) -> Range<Int> {
        let headerByteCount = 30
        guard entry.headerStart <= limit - headerByteCount else {
            throw failure(file, "\(entry.name) lies outside the file")
        }
        var header = LittleEndianReader(
            file.withBytes(in: entry.headerStart..<entry.headerStart + headerByteCount) { [UInt8]($0) })
        guard header.number(4) == 0x0403_4B50 else { throw failure(file, "\(entry.name) has no header") }
        header.position = 26
        guard let nameCount = header.number(2), let extraCount = header.number(2) else {
            throw failure(file, "\(entry.name) has no header")
        }
        let start = entry.headerStart + headerByteCount + nameCount + extraCount
        guard start <= limit, entry.size <= limit - start else {
            throw failure(file, "\(entry.name) lies outside the file")
        }
        return start..<start + entry.size
    }
}

/// Reads little-endian numbers; `nil` where there are not enough bytes.
struct LittleEndianReader {
    private let content: [UInt8]
    var position: Int

    init(_ content: [UInt8], position: Int = 0) {
        self.content = content
        self.position = position
    }

    /// A number of at most eight bytes that is not negative as one of Swift's.
    mutating func number(_ count: Int) -> Int? {
        guard let bytes = bytes(count) else { return nil }
        let number = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: number)
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard position >= 0, position <= content.count, count <= content.count - position else { return nil }
        defer { position += count }
        return content[position..<position + count]
    }
}
