// SPDX-License-Identifier: Apache-2.0

/// The segments of a JPEG up to its pixels.
///
/// Passes over bytes between them that belong to none, as `JpegImageFile._open` in Pillow's JpegImagePlugin.py does.
struct JPEGSegments {
    struct Segment: Equatable {
        let marker: UInt8
        /// Of what is after the length; may go on past the end of the file.
        let content: Range<Int>
    }

    private let bytes: [UInt8]
    private var position = 2

    init(of bytes: [UInt8]) { self.bytes = bytes }

    /// The next segment that has a length.
    ///
    /// - Complexity: O(bytes that belong to no segment).
    mutating func next() throws(ImageError) -> Segment {
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
            default:
                guard let count = bytes.bigEndian(at: position + 2, byteCount: 2) else { throw .truncated(.jpeg) }
                let start = position + 4
                position += 2 + max(2, count)
                return Segment(marker: marker, content: start..<position)
            }
        }
        throw .truncated(.jpeg)
    }
}
