// SPDX-License-Identifier: Apache-2.0

extension ImageHeader {
    /// What IHDR says, which is the first chunk.
    static func sizeOfPNG(_ bytes: [UInt8]) throws(ImageError) -> ImageSize {
        guard let width = bytes.bigEndian(at: 16, byteCount: 4), let height = bytes.bigEndian(at: 20, byteCount: 4)
        else {
            throw .truncated(.png)
        }
        guard bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw .unreadable(.png, reason: "it doesn't begin with an IHDR chunk")
        }
        return ImageSize(width: width, height: height)
    }
}
