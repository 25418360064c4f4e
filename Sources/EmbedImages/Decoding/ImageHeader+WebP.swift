// SPDX-License-Identifier: Apache-2.0

extension ImageHeader {
    /// What the first chunk says: a lossy frame, a lossless one, or the canvas of an extended file.
    static func sizeOfWebP(_ bytes: [UInt8]) throws(ImageError) -> ImageSize {
        guard bytes.count > 15 else { throw .truncated(.webp) }
        switch bytes[15] {
        case UInt8(ascii: "X"):
            guard let width = bytes.littleEndian(at: 24, byteCount: 3),
                let height = bytes.littleEndian(at: 27, byteCount: 3)
            else { throw .truncated(.webp) }
            return ImageSize(width: width + 1, height: height + 1)
        case UInt8(ascii: "L"):
            guard let bits = bytes.littleEndian(at: 21, byteCount: 4) else { throw .truncated(.webp) }
            guard bytes[20] == 0x2F else { throw .unreadable(.webp, reason: "its frame has no header") }
            return ImageSize(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
        case UInt8(ascii: " "):
            guard let width = bytes.littleEndian(at: 26, byteCount: 2),
                let height = bytes.littleEndian(at: 28, byteCount: 2)
            else { throw .truncated(.webp) }
            guard bytes[23..<26].elementsEqual([0x9D, 0x01, 0x2A]) else {
                throw .unreadable(.webp, reason: "its frame has no header")
            }
            return ImageSize(width: width & 0x3FFF, height: height & 0x3FFF)
        default:
            throw .unreadable(.webp, reason: "it begins with a chunk that there isn't")
        }
    }
}
