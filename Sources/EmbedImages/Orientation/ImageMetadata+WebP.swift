// SPDX-License-Identifier: Apache-2.0

import CImageCodecs

extension ImageMetadata {
    /// The first EXIF and the first XMP chunk that libwebp has.
    ///
    /// Follows `WebPImageFile._open` in Pillow's WebPImagePlugin.py.
    init(ofWebP bytes: [UInt8], maxMemory: Int) {
        func chunk(_ name: String) -> Value? {
            let chunk = bytes.withUnsafeBufferPointer {
                embed_find_webp_chunk($0.baseAddress, $0.count, name, maxMemory)
            }
            guard chunk.byte_count > 0 else { return nil }
            return .bytes(Array(bytes[chunk.offset..<chunk.offset + chunk.byte_count]))
        }
        exif = chunk("EXIF")
        xmp = chunk("XMP ")
    }
}
