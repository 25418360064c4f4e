// SPDX-License-Identifier: Apache-2.0

/// How large an image may be; checked before anything is decoded.
package struct ImageLimits: Sendable, Equatable {
    /// Bytes of the file.
    package var maxByteCount = 10 << 20
    /// Width times height.
    package var maxPixels = 40_000_000
    /// Of width and height.
    package var maxSide = 8192

    package init() {}
}
