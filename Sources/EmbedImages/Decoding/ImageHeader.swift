// SPDX-License-Identifier: Apache-2.0

/// What the first bytes of an image tell: its format, and how large it will be.
///
/// The format follows from the bytes only, never from a name or a media type.
package struct ImageHeader: Sendable, Equatable {
    package let format: ImageFormat
    package let width: Int
    package let height: Int

    /// Reads the header only; what comes after it may still be damaged.
    ///
    /// - Throws: ``ImageError/empty``, ``ImageError/unknownFormat``, or ``ImageError/unreadable(_:reason:)`` when there
    ///   is no size, or none of at least one pixel.
    package init(of bytes: [UInt8]) throws(ImageError) {
        guard !bytes.isEmpty else { throw .empty }
        guard let format = ImageFormat(of: bytes) else { throw .unknownFormat }
        let size =
            switch format {
            case .png: try Self.sizeOfPNG(bytes)
            case .jpeg: try Self.sizeOfJPEG(bytes)
            case .webp: try Self.sizeOfWebP(bytes)
            case .gif: try GIFStart(of: bytes).size
            }
        guard size.width > 0, size.height > 0 else {
            throw .unreadable(format, reason: "its header says \(size.width) × \(size.height) pixels")
        }
        self.format = format
        width = size.width
        height = size.height
    }
}

/// Columns and rows, as a header gives them.
struct ImageSize: Equatable {
    var width: Int
    var height: Int
}

extension ImageError {
    /// Where a file stops too early, in a header or among its pixels.
    static func truncated(_ format: ImageFormat) -> ImageError {
        .unreadable(format, reason: "the file ends too early")
    }
}

extension ImageFormat {
    /// The format that the first bytes are of; `nil` if none.
    init?(of bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBPVP8".utf8) {
            self = .webp
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else {
            return nil
        }
    }
}
