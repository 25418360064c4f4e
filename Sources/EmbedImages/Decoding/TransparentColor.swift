// SPDX-License-Identifier: Apache-2.0

/// The one colour that stands for what can't be seen in a PNG without alpha or in a GIF.
///
/// What Pillow's `info["transparency"]` becomes by `convert("RGB")`, and `convert_transparent` then compares pixels with:
/// see `Image.convert` in Image.py and `chunk_tRNS` in PngImagePlugin.py. Numbers that don't fit a byte lose their upper
/// bits there, and what stands for a pixel of one or 16 bits is taken for red alone; so it is here.
enum TransparentColor {
    typealias Color = SIMD3<UInt8>

    /// `nil` where there is none, or where a palette has more than one degree of transparency.
    static func ofPNG(_ bytes: [UInt8]) -> Color? {
        guard bytes.count > 25 else { return nil }
        let (depth, kind) = (bytes[24], bytes[25])
        var chunks = PNGChunks(of: bytes)
        var (palette, marked): (ArraySlice<UInt8>, ArraySlice<UInt8>?) = ([], nil)
        while let chunk = chunks.next(), chunk.name != "IDAT" {
            switch chunk.name {
            case "PLTE": palette = bytes[chunk.content]
            case "tRNS": marked = bytes[chunk.content]
            default: break
            }
        }
        guard let marked else { return nil }
        func number(_ index: Int) -> Int? { bytes.bigEndian(at: marked.startIndex + 2 * index, byteCount: 2) }
        switch kind {
        case 0:
            guard marked.count >= 2, let grey = number(0) else { return nil }
            if depth == 1 || depth == 16 { return Color(UInt8(truncatingIfNeeded: grey), 0, 0) }
            return Color(repeating: UInt8(min(grey, 255)))
        case 2:
            guard marked.count >= 6, let red = number(0), let green = number(1), let blue = number(2) else {
                return nil
            }
            return Color(truncatingIfNeeded: SIMD3(red, green, blue))
        case 3:
            guard let index = marked.firstIndex(of: 0), marked.allSatisfy({ $0 == 0 || $0 == 255 }),
                marked.count(where: { $0 == 0 }) == 1
            else { return nil }
            return color(index - marked.startIndex, of: palette)
        default: return nil
        }
    }

    /// The color of an entry; black past the end.
    static func color(_ index: Int, of palette: ArraySlice<UInt8>) -> Color {
        let start = palette.startIndex + 3 * index
        guard start <= palette.endIndex - 3 else { return Color() }
        return Color(palette[start], palette[start + 1], palette[start + 2])
    }
}

extension RGBImage {
    /// The image with white where ``transparentColor`` is, as Transformers' `convert_to_rgb` lays it on white.
    ///
    /// - Complexity: O(pixels) where there is such a colour.
    func onWhite() -> RGBImage {
        guard let color = transparentColor else { return self }
        var pixels = pixels
        for start in stride(from: 0, to: pixels.count, by: 3)
        where pixels[start] == color.x && pixels[start + 1] == color.y && pixels[start + 2] == color.z {
            for place in start..<start + 3 { pixels[place] = 255 }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}
