// SPDX-License-Identifier: Apache-2.0

/// An image as rows of red, green and blue bytes, from the top and from the left.
package struct RGBImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// Three bytes a pixel: `[height, width, 3]`.
    package let pixels: [UInt8]

    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}
