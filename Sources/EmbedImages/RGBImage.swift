// SPDX-License-Identifier: Apache-2.0

/// An image as rows of red, green and blue bytes, from the top and from the left.
package struct RGBImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// Three bytes a pixel: `[height, width, 3]`.
    package let pixels: [UInt8]
    /// Red, green and blue of the pixels that the file calls transparent, where it does so by their colour.
    let transparentColor: SIMD3<UInt8>?

    package init(width: Int, height: Int, pixels: [UInt8]) {
        self.init(width: width, height: height, pixels: pixels, transparentColor: nil)
    }

    init(width: Int, height: Int, pixels: [UInt8], transparentColor: SIMD3<UInt8>?) {
        precondition(pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
        self.transparentColor = transparentColor
    }
}
