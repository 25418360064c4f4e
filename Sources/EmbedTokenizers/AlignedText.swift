// SPDX-License-Identifier: Apache-2.0

/// Normalised UTF-8 that knows which bytes of its source every byte came from.
struct AlignedText {
    /// The text in its first ``count`` bytes; what follows is room.
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    /// Whether sources are kept; without them appending is several times faster.
    let isAligned: Bool
    /// For each byte, where the scalar it came from begins and ends in the source.
    private var starts: [Int] = []
    private var ends: [Int] = []

    init(isAligned: Bool) {
        self.isAligned = isAligned
    }

    /// The source of a range of the text; of an empty range or without alignment, the range itself.
    func sourceRange(of range: Range<Int>) -> Range<Int> {
        guard isAligned, !range.isEmpty else { return range }
        let start = starts[range.lowerBound]
        return start..<max(start, ends[range.upperBound - 1])
    }

    /// Appends one scalar that comes from `source`.
    mutating func append(_ scalar: UInt32, from source: Range<Int>) {
        reserve(4)
        let length: Int
        switch scalar {
        case 0..<0x80:
            bytes[count] = UInt8(truncatingIfNeeded: scalar)
            length = 1
        case 0x80..<0x800:
            bytes[count] = 0xC0 | UInt8(truncatingIfNeeded: scalar >> 6)
            bytes[count + 1] = 0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F)
            length = 2
        case 0x800..<0x10000:
            bytes[count] = 0xE0 | UInt8(truncatingIfNeeded: scalar >> 12)
            bytes[count + 1] = 0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F)
            bytes[count + 2] = 0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F)
            length = 3
        default:
            bytes[count] = 0xF0 | UInt8(truncatingIfNeeded: scalar >> 18 & 0x07)
            bytes[count + 1] = 0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F)
            bytes[count + 2] = 0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F)
            bytes[count + 3] = 0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F)
            length = 4
        }
        count += length
        if isAligned { align(length, to: source) }
    }

    /// Appends the ASCII at the start of a range, each byte as `mapping` has it, until the first byte that is none.
    ///
    /// - Parameters:
    ///   - text: The source.
    ///   - range: Where to read it.
    ///   - mapping: 128 bytes; 0xFF drops the byte.
    /// - Returns: Where it stopped.
    mutating func appendASCII(_ text: Span<UInt8>, _ range: Range<Int>, mapping: [UInt8]) -> Int {
        reserve(range.count)
        var position = range.lowerBound
        if isAligned {
            while position < range.upperBound, text[position] < 0x80 {
                let mapped = mapping[Int(text[position])]
                if mapped != 0xFF {
                    bytes[count] = mapped
                    count += 1
                    align(1, to: position..<position + 1)
                }
                position += 1
            }
            return position
        }
        let mapping = mapping.span
        var length = count
        var output = bytes.mutableSpan
        while position < range.upperBound {
            let byte = text[position]
            if byte >= 0x80 { break }
            let mapped = mapping[Int(byte)]
            output[length] = mapped
            length += mapped == 0xFF ? 0 : 1
            position += 1
        }
        count = length
        return position
    }

    /// Appends a range as it is; a byte that is not UTF-8 becomes U+FFFD.
    mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound {
            if text[position] < 0x80 {
                position = appendASCII(text, position..<range.upperBound)
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            append(scalar, from: position..<position + length)
            position += length
        }
    }

    /// Appends the ASCII at the start of a range as it is.
    ///
    /// - Returns: Where it stopped.
    mutating func appendASCII(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        reserve(range.count)
        var length = count
        var position = range.lowerBound
        var output = bytes.mutableSpan
        while position < range.upperBound, text[position] < 0x80 {
            output[length] = text[position]
            length += 1
            position += 1
        }
        count = length
        if isAligned {
            for source in range.lowerBound..<position { align(1, to: source..<source + 1) }
        }
        return position
    }

    /// Puts a scalar of ASCII in front, of the same source as the scalar that stands there; the text is not empty.
    mutating func prepend(_ byte: UInt8) {
        reserve(1)
        for index in stride(from: count, to: 0, by: -1) { bytes[index] = bytes[index - 1] }
        bytes[0] = byte
        count += 1
        if isAligned {
            starts.insert(starts[0], at: 0)
            ends.insert(ends[0], at: 0)
        }
    }

    /// A range of the text as a text of its own, of the same sources.
    func slice(_ range: Range<Int>) -> AlignedText {
        var slice = AlignedText(isAligned: isAligned)
        slice.bytes = Array(bytes[range])
        slice.count = range.count
        if isAligned {
            slice.starts = Array(starts[range])
            slice.ends = Array(ends[range])
        }
        return slice
    }

    /// Appends a text with its alignment.
    mutating func append(_ text: AlignedText) {
        reserve(text.count)
        for index in 0..<text.count { bytes[count + index] = text.bytes[index] }
        count += text.count
        starts += text.starts
        ends += text.ends
    }

    /// Replaces sources that are positions in `text` by that text's own sources.
    mutating func realign(through text: AlignedText) {
        guard isAligned else { return }
        for index in 0..<count {
            let source = text.sourceRange(of: starts[index]..<ends[index])
            starts[index] = source.lowerBound
            ends[index] = source.upperBound
        }
    }

    /// Forgets the first `excess` bytes.
    mutating func removeFirst(_ excess: Int) {
        let kept = count - excess
        if kept > 0, excess > 0 {
            var bytes = bytes.mutableSpan
            for index in 0..<kept { bytes[index] = bytes[index + excess] }
        }
        count = kept
        if isAligned {
            starts.removeFirst(excess)
            ends.removeFirst(excess)
        }
    }

    /// Forgets the last `excess` bytes.
    mutating func removeLast(_ excess: Int) {
        count -= excess
        if isAligned {
            starts.removeLast(excess)
            ends.removeLast(excess)
        }
    }

    mutating func removeAll() {
        count = 0
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    private mutating func align(_ length: Int, to source: Range<Int>) {
        for _ in 0..<length {
            starts.append(source.lowerBound)
            ends.append(source.upperBound)
        }
    }

    /// Makes room for `additional` bytes.
    private mutating func reserve(_ additional: Int) {
        guard count + additional > bytes.count else { return }
        let capacity = max(count + additional, bytes.count * 2, 64)
        let room = [UInt8](repeating: 0, count: capacity - bytes.count)
        if bytes.isEmpty { bytes = room } else { bytes += room }
    }
}
