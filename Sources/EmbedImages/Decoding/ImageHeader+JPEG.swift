// SPDX-License-Identifier: Apache-2.0

extension ImageHeader {
    /// What the first start of a frame (SOF) says.
    ///
    /// Passes over the segments before it, and over bytes between them that belong to none, as Pillow does.
    /// - Complexity: O(segments + such bytes).
    static func sizeOfJPEG(_ bytes: [UInt8]) throws(ImageError) -> ImageSize {
        var position = 2
        while position + 1 < bytes.count {
            guard bytes[position] == 0xFF else {
                position += 1
                continue
            }
            let marker = bytes[position + 1]
            switch marker {
            // A byte that fills up, which the marker's may follow; an escaped 0xFF.
            case 0xFF: position += 1
            case 0x00: position += 2
            // Nothing follows: restarts, the ends of an image, reserved ones.
            case 0xC8, 0xD0...0xD9, 0xF0...0xFD: position += 2
            case 0x01...0xBF:
                throw .unreadable(.jpeg, reason: "it has a marker that there isn't, \(marker)")
            case 0xDA:
                throw .unreadable(.jpeg, reason: "its pixels come before their size")
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                return try sizeOfFrame(bytes, at: position + 2)
            default:
                guard let count = bytes.bigEndian(at: position + 2, byteCount: 2) else { throw .truncated(.jpeg) }
                position += 2 + max(2, count)
            }
        }
        throw .truncated(.jpeg)
    }

    /// `position` is after the marker.
    private static func sizeOfFrame(_ bytes: [UInt8], at position: Int) throws(ImageError) -> ImageSize {
        guard let bits = bytes.bigEndian(at: position + 2, byteCount: 1),
            let height = bytes.bigEndian(at: position + 3, byteCount: 2),
            let width = bytes.bigEndian(at: position + 5, byteCount: 2),
            let components = bytes.bigEndian(at: position + 7, byteCount: 1)
        else { throw .truncated(.jpeg) }
        guard bits == 8 else { throw .unreadable(.jpeg, reason: "it has \(bits) bits a component; 8 are read") }
        guard [1, 3, 4].contains(components) else {
            throw .unreadable(.jpeg, reason: "it has \(components) components; 1, 3 and 4 are read")
        }
        return ImageSize(width: width, height: height)
    }
}
