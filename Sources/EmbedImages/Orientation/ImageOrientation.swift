// SPDX-License-Identifier: Apache-2.0

/// How the stored pixels of an image lie to the one who looks at it, as EXIF numbers it.
///
/// A name says at which sides the first row and then the first column are to be seen.
package enum ImageOrientation: Int, Sendable, CaseIterable {
    /// As stored.
    case topLeft = 1
    /// Mirrored left to right.
    case topRight = 2
    /// Turned by half.
    case bottomRight = 3
    /// Mirrored top to bottom.
    case bottomLeft = 4
    /// Rows and columns swapped.
    case leftTop = 5
    /// To be turned clockwise by a quarter: a telephone held upright.
    case rightTop = 6
    /// Swapped along the other diagonal.
    case rightBottom = 7
    /// To be turned anticlockwise by a quarter.
    case leftBottom = 8

    /// Whether rows become columns.
    package var swapsSides: Bool {
        switch self {
        case .topLeft, .topRight, .bottomRight, .bottomLeft: false
        case .leftTop, .rightTop, .rightBottom, .leftBottom: true
        }
    }
}

extension ImageOrientation {
    /// What a file says, found as Pillow 13's `Image.getexif().get(0x0112)` finds it.
    ///
    /// It is in EXIF, and where that has none in XMP; a GIF says nothing.
    ///
    /// Upright is what there isn't, and what isn't 1 to 8. Upright is also a file over whose EXIF Pillow fails, its
    /// header or a PNG's text being none, and with it `load_image` of Transformers: the pixels are whole, and a JPEG that
    /// has no resolution beside such EXIF Pillow leaves as stored as well. Where Pillow has the orientation and fails
    /// only at writing the EXIF anew without it, the orientation counts.
    ///
    /// - Complexity: O(bytes), and of a PNG's compressed texts at most 64 MiB.
    package init(of bytes: [UInt8], format: ImageFormat, maxMemory: Int) {
        let metadata =
            switch format {
            case .jpeg: ImageMetadata(ofJPEG: bytes)
            case .png: ImageMetadata(ofPNG: bytes)
            case .webp: ImageMetadata(ofWebP: bytes, maxMemory: maxMemory)
            case .gif: ImageMetadata()
            }
        self = metadata.orientation
    }
}
