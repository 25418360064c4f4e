// SPDX-License-Identifier: Apache-2.0

extension ImageMetadata {
    /// APP1's before the pixels: those of EXIF one after the other, the last of XMP.
    ///
    /// Follows `APP` in Pillow's JpegImagePlugin.py.
    init(ofJPEG bytes: [UInt8]) {
        let exifName = ImageOrientation.exifPrefix
        let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
        var block: [UInt8] = []
        var packet: Range<Int>?
        var segments = JPEGSegments(of: bytes)
        do throws(ImageError) {
            while true {
                let segment = try segments.next()
                guard segment.marker != 0xDA, segment.content.upperBound <= bytes.count else { break }
                guard segment.marker == 0xE1 else { continue }
                let content = bytes[segment.content]
                if content.starts(with: exifName) {
                    block += block.isEmpty ? content : content.dropFirst(exifName.count)
                } else if content.starts(with: xmpName) {
                    packet = segment.content.dropFirst(xmpName.count)
                }
            }
        } catch {
            // What comes before still counts; no such file has pixels.
        }
        exif = block.isEmpty ? nil : .bytes(block)
        xmp = packet.map { .bytes(Array(bytes[$0])) }
    }
}
