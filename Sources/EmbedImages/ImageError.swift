// SPDX-License-Identifier: Apache-2.0

/// Why bytes don't become an image.
package enum ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    case empty
    /// The first bytes are of none of the formats.
    case unknownFormat
    case tooManyBytes(Int, limit: Int)
    case tooLarge(width: Int, height: Int, ImageLimits)
    /// The decoder says so; `reason` is for the client and repeats nothing of the file but numbers.
    case unreadable(ImageFormat, reason: String)

    package var description: String {
        switch self {
        case .empty: "the image is empty"
        case .unknownFormat:
            "not an image that can be read: \(ImageFormat.allCases.map(\.name).joined(separator: ", ")) are known"
        case .tooManyBytes(let count, let limit): "the image has \(count) bytes; at most \(limit) are read"
        case .tooLarge(let width, let height, let limits):
            """
            the image has \(width) × \(height) pixels; at most \(limits.maxPixels) in all and \(limits.maxSide) a side \
            are read
            """
        case .unreadable(let format, let reason): "the \(format.name) image can't be read: \(reason)"
        }
    }
}

/// The formats that are read.
package enum ImageFormat: String, Sendable, CaseIterable {
    case png
    case jpeg
    case webp
    /// Of an animation, the first frame.
    case gif

    /// For people.
    package var name: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .webp: "WebP"
        case .gif: "GIF"
        }
    }
}
