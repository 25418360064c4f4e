// SPDX-License-Identifier: Apache-2.0

/// What of a file may tell its orientation: the members of Pillow's `info` that `Image.getexif` looks at.
struct ImageMetadata: Equatable {
    enum Value: Equatable {
        case bytes([UInt8])
        /// A PNG's text under a name whose bytes Pillow asks for, and fails.
        case text
    }

    /// `exif`.
    var exif: Value?
    /// `Raw profile type exif`, as ImageMagick writes it: three lines, then hexadecimal digits.
    var rawProfile: [UInt8]?
    /// `XML:com.adobe.xmp`.
    var xmpText: [UInt8]?
    /// `xmp`.
    var xmp: Value?

    /// Follows `Image.getexif` in Pillow's Image.py.
    var orientation: ImageOrientation {
        switch exif {
        case .text: return .topLeft
        case .bytes(let block):
            if let found = ImageOrientation(ofEXIF: block) { return found }
        case nil:
            guard let rawProfile else { break }
            guard let block = Self.bytes(ofRawProfile: rawProfile) else { return .topLeft }
            if let found = ImageOrientation(ofEXIF: block) { return found }
        }
        if let xmpText, !xmpText.isEmpty { return ImageOrientation(ofXMP: xmpText) }
        guard case .bytes(let packet) = xmp else { return .topLeft }
        return ImageOrientation(ofXMP: packet)
    }

    /// What `bytes.fromhex("".join(text.split("\n")[3:]))` gives in Python; `nil` where it fails.
    ///
    /// White space may stand between two bytes, and a line may end anywhere.
    static func bytes(ofRawProfile text: [UInt8]) -> [UInt8]? {
        let newline = UInt8(ascii: "\n")
        let digits = text.split(separator: newline, maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3)
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits.joined() where digit != newline {
            if high == nil, digit == UInt8(ascii: " ") || (9...13).contains(digit) { continue }
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return high == nil ? bytes : nil
    }
}
