// SPDX-License-Identifier: Apache-2.0

/// The chunks of a PNG that Pillow has looked at once the pixels are there: of an animation up to its second frame.
///
/// Follows `PngImageFile.load_end` in Pillow's PngImagePlugin.py. Sums aren't checked: whoever decodes the pixels has.
struct PNGChunks {
    struct Chunk: Equatable {
        let name: String
        let content: Range<Int>
    }

    private let bytes: [UInt8]
    private var position = 8
    /// As acTL says; `nil` without one, or with two.
    private var frameCount: Int?
    private var hasFrameControl = false
    private var hasPixels = false
    private var isAnimated = false

    init(of bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` at the end, and where there is no chunk or not all of it.
    mutating func next() -> Chunk? {
        guard position <= bytes.count - 8, let byteCount = bytes.bigEndian(at: position, byteCount: 4)
        else { return nil }
        let letters = bytes[position + 4..<position + 8]
        let start = position + 8
        guard letters.allSatisfy(Self.isWordCharacter), !letters.elementsEqual("IEND".utf8),
            byteCount <= bytes.count - start
        else { return nil }
        let chunk = Chunk(name: String(decoding: letters, as: UTF8.self), content: start..<start + byteCount)
        switch chunk.name {
        case "acTL": countFrames(at: start)
        case "fcTL":
            if hasPixels, isAnimated { return nil }
            hasFrameControl = true
        case "IDAT", "fdAT": startPixels(isDefault: chunk.name == "IDAT" && !hasFrameControl)
        default: break
        }
        position = chunk.content.upperBound + 4
        return chunk
    }

    private mutating func countFrames(at start: Int) {
        guard frameCount == nil else {
            frameCount = nil
            return
        }
        guard let count = bytes.bigEndian(at: start, byteCount: 4), (1...0x8000_0000).contains(count) else { return }
        frameCount = count
    }

    /// An image before the frames is one more.
    private mutating func startPixels(isDefault: Bool) {
        guard !hasPixels else { return }
        hasPixels = true
        isAnimated = frameCount.map { $0 + (isDefault ? 1 : 0) > 1 } ?? false
    }

    /// `\w` of Python's `re` over bytes.
    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
