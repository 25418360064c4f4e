// SPDX-License-Identifier: Apache-2.0

/// What stands before the pixels of a GIF's first frame.
///
/// Follows `GifImageFile._seek` in Pillow's GifImagePlugin.py: bytes between two blocks that begin none are passed over,
/// and the canvas grows to hold the first frame.
struct GIFStart {
    /// Of the canvas.
    let size: ImageSize
    /// Bytes of the screen's description and the palette after it.
    let screenByteCount: Int
    /// Where the first frame's description is.
    let frameOffset: Int
    /// The palette's entry that can't be seen, if there is one; it is, or else the first, where the frame isn't.
    let transparentEntry: UInt8?

    /// - Complexity: O(bytes before the frame).
    init(of bytes: [UInt8]) throws(ImageError) {
        guard let width = bytes.littleEndian(at: 6, byteCount: 2), let height = bytes.littleEndian(at: 8, byteCount: 2),
            bytes.count >= 13
        else { throw .truncated(.gif) }
        let flags = bytes[10]
        let screenByteCount = 13 + (flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1))
        var position = screenByteCount
        var transparentEntry: UInt8?
        while true {
            guard position < bytes.count, bytes[position] != UInt8(ascii: ";") else {
                throw .unreadable(.gif, reason: "it has no frame")
            }
            if bytes[position] == UInt8(ascii: ",") { break }
            guard bytes[position] == UInt8(ascii: "!") else {
                position += 1
                continue
            }
            if let found = try Self.transparentEntry(bytes, extensionAt: position) { transparentEntry = found }
            position = try Self.end(ofBlocksAt: position + 2, of: bytes)
        }
        self.size = try Self.canvas(bytes, screen: ImageSize(width: width, height: height), frameAt: position)
        self.screenByteCount = screenByteCount
        frameOffset = position
        self.transparentEntry = transparentEntry
    }

    /// What ``transparentEntry`` looks like: in the frame's palette or else the screen's; without either it is grey.
    func transparentColor(_ bytes: [UInt8]) -> SIMD3<UInt8>? {
        guard let entry = transparentEntry else { return nil }
        let start = frameOffset + 10
        let flags = start <= bytes.count ? bytes[start - 1] : 0
        let palette =
            flags & 0x80 == 0
            ? bytes[13..<min(screenByteCount, bytes.count)]
            : bytes[start..<min(start + (3 << (Int(flags & 7) + 1)), bytes.count)]
        return palette.isEmpty ? SIMD3(repeating: entry) : TransparentColor.color(Int(entry), of: palette)
    }

    /// The screen's size, or as much more as the frame needs.
    private static func canvas(
        _ bytes: [UInt8], screen: ImageSize, frameAt position: Int
    ) throws(ImageError) -> ImageSize {
        guard let left = bytes.littleEndian(at: position + 1, byteCount: 2),
            let top = bytes.littleEndian(at: position + 3, byteCount: 2),
            let width = bytes.littleEndian(at: position + 5, byteCount: 2),
            let height = bytes.littleEndian(at: position + 7, byteCount: 2)
        else { throw .truncated(.gif) }
        guard width > 0, height > 0 else { throw .unreadable(.gif, reason: "its first frame has no pixels") }
        return ImageSize(width: max(screen.width, left + width), height: max(screen.height, top + height))
    }

    /// What a graphic control extension says, if this is one and it says so.
    private static func transparentEntry(
        _ bytes: [UInt8], extensionAt position: Int
    ) throws(ImageError) -> UInt8? {
        guard position + 2 < bytes.count else { throw .truncated(.gif) }
        let count = Int(bytes[position + 2])
        guard bytes[position + 1] == 0xF9, count > 0 else { return nil }
        // Flags, two bytes of time, and the entry.
        guard count >= 3, position + 6 < bytes.count else { throw .shortControl }
        guard bytes[position + 3] & 1 == 1 else { return nil }
        guard count >= 4 else { throw .shortControl }
        return bytes[position + 6]
    }

    /// Where the blocks are over of which the first has its length at `position`.
    private static func end(ofBlocksAt position: Int, of bytes: [UInt8]) throws(ImageError) -> Int {
        var position = position
        while position < bytes.count {
            let count = Int(bytes[position])
            position += 1 + count
            if count == 0 { return position }
        }
        throw .truncated(.gif)
    }
}

extension ImageError {
    fileprivate static let shortControl = ImageError.unreadable(
        .gif, reason: "its graphic control extension is too short")
}
