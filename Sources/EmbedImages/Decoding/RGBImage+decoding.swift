// SPDX-License-Identifier: Apache-2.0

import CImageCodecs

extension RGBImage {
    /// Decodes a PNG, JPEG, WebP or GIF to the bytes that Pillow's `Image.open(BytesIO(bytes)).convert("RGB")` has.
    ///
    /// Of an animation the first frame. Alpha is dropped, not blended; what transparent pixels hide shows. Sixteen bits
    /// of grey are cut at 255 and of colour shifted to eight, as Pillow does. Profiles and gamma are not applied.
    ///
    /// The orientation of EXIF and XMP is left alone, as by Pillow's `open` and `convert`, or with ``Orientation/upright``
    /// followed.
    ///
    /// Before anything is decoded, the header's size is held against `limits`. Where a file says two things, it is
    /// refused, as is one that ends too early.
    ///
    /// - Complexity: O(bytes + pixels); a progressive JPEG is gone over once a scan, which is limited. Takes at most
    ///   ``ImageLimits/maxMemory``. Turning 40 million pixels takes 0.13 s.
    /// - Throws: ``ImageError`` when the image is larger than `limits`, of no known format or not whole.
    package init(
        decoding bytes: [UInt8], limits: ImageLimits = ImageLimits(), orientation: Orientation = .asStored
    ) throws(ImageError) {
        guard bytes.count <= limits.maxByteCount else {
            throw .tooManyBytes(bytes.count, limit: limits.maxByteCount)
        }
        let header = try ImageHeader(of: bytes)
        let (pixelCount, overflow) = header.width.multipliedReportingOverflow(by: header.height)
        guard header.width <= limits.maxSide, header.height <= limits.maxSide, !overflow, pixelCount <= limits.maxPixels
        else { throw .tooLarge(width: header.width, height: header.height, limits) }
        guard pixelCount <= limits.maxMemory / 3 else { throw header.format.tooMuchMemory(limits) }
        let gif = header.format == .gif ? try GIFStart(of: bytes) : nil
        var status = EMBED_IMAGE_DAMAGED
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * pixelCount) { buffer, count in
            status = Self.decode(bytes, header: header, gif: gif, limits: limits, into: buffer)
            // Nothing reads the bytes of a failure.
            count = status == EMBED_IMAGE_READ ? 3 * pixelCount : 0
        }
        guard status == EMBED_IMAGE_READ else { throw header.format.error(of: status, limits) }
        let transparentColor: SIMD3<UInt8>? =
            switch header.format {
            case .png: TransparentColor.ofPNG(bytes)
            case .gif: gif?.transparentColor(bytes)
            case .jpeg, .webp: nil
            }
        let stored = RGBImage(
            width: header.width, height: header.height, pixels: pixels, transparentColor: transparentColor)
        switch orientation {
        case .asStored: self = stored
        case .upright:
            let orientation = ImageOrientation(
                of: bytes, format: header.format, maxMemory: limits.maxMemory - 3 * pixelCount)
            guard orientation == .topLeft || 6 * pixelCount <= limits.maxMemory else {
                throw header.format.tooMuchMemory(limits)
            }
            self = stored.turned(orientation)
        }
    }

    /// What is made of an orientation that a file tells.
    package enum Orientation: Sendable {
        /// Nothing, as where Transformers 5.23 and sentence-transformers 6.2 are given an image object: `convert("RGB")`.
        case asStored
        /// The image is turned, as where both are given a path, an address or base64, by Transformers' `load_image`:
        /// `ImageOps.exif_transpose`, then `convert("RGB")`. ``ImageOrientation`` says what becomes of damaged EXIF.
        case upright
    }

    private static func decode(
        _ bytes: [UInt8], header: ImageHeader, gif: GIFStart?, limits: ImageLimits,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) -> embed_image_status {
        let target = embed_image_target(
            width: header.width, height: header.height, pixels: pixels.baseAddress, max_memory: limits.maxMemory)
        return bytes.withUnsafeBufferPointer { bytes in
            switch header.format {
            case .png: embed_decode_png(bytes.baseAddress, bytes.count, target)
            case .jpeg: embed_decode_jpeg(bytes.baseAddress, bytes.count, target)
            case .webp: embed_decode_webp(bytes.baseAddress, bytes.count, target)
            case .gif:
                embed_decode_gif(
                    bytes.baseAddress, bytes.count,
                    embed_gif_start(
                        screen_byte_count: gif?.screenByteCount ?? 0, frame_offset: gif?.frameOffset ?? 0,
                        fill: gif?.transparentEntry ?? 0),
                    target)
            }
        }
    }
}

extension ImageFormat {
    /// `status` isn't success.
    fileprivate func error(of status: embed_image_status, _ limits: ImageLimits) -> ImageError {
        switch status {
        case EMBED_IMAGE_TRUNCATED: .truncated(self)
        case EMBED_IMAGE_UNSUPPORTED: .unreadable(self, reason: "it is of a kind that isn't supported")
        case EMBED_IMAGE_OTHER_SIZE: .unreadable(self, reason: "its size isn't the one of its header")
        case EMBED_IMAGE_TOO_MUCH_MEMORY: tooMuchMemory(limits)
        case EMBED_IMAGE_TOO_MANY_SCANS:
            .unreadable(
                self,
                reason: """
                    it has too many scans: at most \(EMBED_JPEG_MAX_SCANS) are read, of at most \
                    \(EMBED_JPEG_MAX_SCANNED_PIXELS) pixels in all
                    """)
        default: .unreadable(self, reason: "its data is damaged")
        }
    }

    fileprivate func tooMuchMemory(_ limits: ImageLimits) -> ImageError {
        .unreadable(self, reason: "decoding it takes more than \(limits.maxMemory) bytes")
    }
}
