// SPDX-License-Identifier: Apache-2.0

extension ImageOrientation {
    /// What EXIF begins with, in a JPEG always.
    static let exifPrefix = Array("Exif\0\0".utf8)

    /// What a block of EXIF says; `nil` where it says nothing, so that XMP is asked.
    ///
    /// Follows `Exif.load` in Pillow's Image.py. A value that is none of the eight is upright, as is a block without the
    /// header of a TIFF, over which Pillow fails.
    init?(ofEXIF block: [UInt8]) {
        var tiff = block[...]
        for _ in 0..<2 where tiff.starts(with: Self.exifPrefix) { tiff = tiff.dropFirst(Self.exifPrefix.count) }
        guard !tiff.isEmpty else { return nil }
        guard let directory = TIFFDirectory(of: Array(tiff)) else {
            self = .topLeft
            return
        }
        guard let field = directory.field(0x0112) else { return nil }
        self = directory.wholeNumber(of: field).flatMap { ImageOrientation(rawValue: $0) } ?? .topLeft
    }

    /// What a packet of XMP says: `tiff:Orientation` as an attribute or an element, where there is a digit.
    ///
    /// - Complexity: O(bytes).
    init(ofXMP packet: [UInt8]) {
        let name = Array("tiff:Orientation".utf8)
        let introductions = [Array("=\"".utf8), Array(">".utf8)]
        var rest = packet[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            if rest.starts(with: name) {
                let after = rest.dropFirst(name.count)
                for introduction in introductions where after.starts(with: introduction) {
                    guard let digit = after.dropFirst(introduction.count).first, (0x30...0x39).contains(digit) else {
                        continue
                    }
                    self = ImageOrientation(rawValue: Int(digit) - 0x30) ?? .topLeft
                    return
                }
            }
            rest = rest.dropFirst()
        }
        self = .topLeft
    }
}
