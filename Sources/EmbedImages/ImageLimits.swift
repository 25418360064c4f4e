// SPDX-License-Identifier: Apache-2.0

/// How large an image may be; checked before anything is decoded.
package struct ImageLimits: Sendable, Equatable {
    /// Bytes of the file.
    package var maxByteCount = 10 << 20
    /// Width times height.
    package var maxPixels = 40_000_000
    /// Of width and height.
    package var maxSide = 8192
    /// Bytes that decoding may take: the pixels, three bytes each, and what the decoder needs beside them.
    ///
    /// The largest image takes 120 MB. A progressive JPEG has up to eight bytes more for each pixel, a lossless WebP
    /// four, all others next to none. Turning takes three, once the decoder's are free.
    package var maxMemory = 240 << 20

    package init() {}
}
