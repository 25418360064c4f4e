// SPDX-License-Identifier: Apache-2.0

extension RGBImage {
    /// The pixels as they are to be seen: those of `ImageOps.exif_transpose` in Pillow.
    ///
    /// - Complexity: O(pixels); allocates the result, unless it is upright already.
    package func turned(_ orientation: ImageOrientation) -> RGBImage {
        guard orientation != .topLeft else { return self }
        let size =
            orientation.swapsSides ? ImageSize(width: height, height: width) : ImageSize(width: width, height: height)
        let (start, across, down) = steps(orientation)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
            pixels.withUnsafeBufferPointer { source in
                for top in stride(from: 0, to: size.height, by: Self.tile) {
                    for left in stride(from: 0, to: size.width, by: Self.tile) {
                        for y in top..<min(top + Self.tile, size.height) {
                            var from = 3 * (start + left * across + y * down)
                            var to = 3 * (y * size.width + left)
                            for _ in left..<min(left + Self.tile, size.width) {
                                target[to] = source[from]
                                target[to + 1] = source[from + 1]
                                target[to + 2] = source[from + 2]
                                from += 3 * across
                                to += 3
                            }
                        }
                    }
                }
            }
            count = pixels.count
        }
        return RGBImage(
            width: size.width, height: size.height, pixels: turned, transparentColor: transparentColor)
    }

    /// Pixels a side of the squares that are copied one after the other: a column of the stored image has each of its
    /// pixels in another line of the cache, which the neighbouring columns then find there.
    private static let tile = 64

    /// Where the turned image's first pixel is in the stored one, and how far from there its right and its lower
    /// neighbours are.
    private func steps(_ orientation: ImageOrientation) -> (start: Int, across: Int, down: Int) {
        switch orientation {
        case .topLeft: (0, 1, width)
        case .topRight: (width - 1, -1, width)
        case .bottomRight: (width * height - 1, -1, -width)
        case .bottomLeft: (width * (height - 1), 1, -width)
        case .leftTop: (0, width, 1)
        case .rightTop: (width * (height - 1), -width, 1)
        case .rightBottom: (width * height - 1, -width, -1)
        case .leftBottom: (width - 1, width, -1)
        }
    }
}
