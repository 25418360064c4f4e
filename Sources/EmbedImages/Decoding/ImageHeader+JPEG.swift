// SPDX-License-Identifier: Apache-2.0

extension ImageHeader {
    /// What the first start of a frame (SOF) says.
    ///
    /// - Complexity: O(segments before it + bytes between them).
    static func sizeOfJPEG(_ bytes: [UInt8]) throws(ImageError) -> ImageSize {
        var segments = JPEGSegments(of: bytes)
        while true {
            let segment = try segments.next()
            switch segment.marker {
            case 0xDA:
                throw .unreadable(.jpeg, reason: "its pixels come before their size")
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                return try sizeOfFrame(bytes, at: segment.content.lowerBound)
            default: continue
            }
        }
    }

    /// `position` is after the length.
    private static func sizeOfFrame(_ bytes: [UInt8], at position: Int) throws(ImageError) -> ImageSize {
        guard let bits = bytes.bigEndian(at: position, byteCount: 1),
            let height = bytes.bigEndian(at: position + 1, byteCount: 2),
            let width = bytes.bigEndian(at: position + 3, byteCount: 2),
            let components = bytes.bigEndian(at: position + 5, byteCount: 1)
        else { throw .truncated(.jpeg) }
        guard bits == 8 else { throw .unreadable(.jpeg, reason: "it has \(bits) bits a component; 8 are read") }
        guard [1, 3, 4].contains(components) else {
            throw .unreadable(.jpeg, reason: "it has \(components) components; 1, 3 and 4 are read")
        }
        return ImageSize(width: width, height: height)
    }
}
