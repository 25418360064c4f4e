// SPDX-License-Identifier: Apache-2.0

import CImageCodecs

extension ImageMetadata {
    /// eXIf chunks, and the texts that Pillow looks for, before and after the pixels; the last one of a name counts.
    ///
    /// Follows `PngStream` and `PngImageFile` in Pillow's PngImagePlugin.py. Texts of more than 1 MiB, over which Pillow
    /// refuses the file, are passed over.
    init(ofPNG bytes: [UInt8]) {
        var chunks = PNGChunks(of: bytes)
        var texts = PNGTexts()
        while let chunk = chunks.next() {
            let content = bytes[chunk.content]
            switch chunk.name {
            // Pillow puts a prefix of its own before it, and takes two away.
            case "eXIf": exif = .bytes(ImageOrientation.exifPrefix + content)
            case "tEXt": add(plain: content)
            case "zTXt": add(compressed: content, &texts)
            case "iTXt": add(international: content, &texts)
            default: break
            }
        }
    }

    private mutating func add(plain content: ArraySlice<UInt8>) {
        let (name, text) = Self.split(content) ?? (content, [])
        guard let name = PNGTexts.Name(name) else { return }
        switch name {
        // The only text that Pillow keeps as bytes.
        case .exif: exif = .bytes(Array(text))
        case .rawProfile, .xmpText, .xmp: set(name, Array(text))
        }
    }

    private mutating func add(compressed content: ArraySlice<UInt8>, _ texts: inout PNGTexts) {
        let (name, rest) = Self.split(content) ?? (content, [])
        guard let name = PNGTexts.Name(name), rest.first ?? 0 == 0 else { return }
        switch texts.inflated(rest.dropFirst()) {
        case .text(let text): set(name, text)
        case .damaged: set(name, [])
        case .tooLong: break
        }
    }

    private mutating func add(international content: ArraySlice<UInt8>, _ texts: inout PNGTexts) {
        guard let (keyword, rest) = Self.split(content), let name = PNGTexts.Name(keyword), rest.count >= 2,
            let (language, translated) = Self.split(rest.dropFirst(2)), let (key, stored) = Self.split(translated)
        else { return }
        var text = Array(stored)
        if rest[rest.startIndex] != 0 {
            guard rest[rest.startIndex + 1] == 0, case .text(let inflated) = texts.inflated(stored) else { return }
            text = inflated
        }
        if name == .xmpText { xmp = .bytes(text) }
        guard [Array(language), Array(key), text].allSatisfy({ String(validating: $0, as: UTF8.self) != nil }) else {
            return
        }
        set(name, text)
    }

    private mutating func set(_ name: PNGTexts.Name, _ text: [UInt8]) {
        switch name {
        case .exif: exif = .text
        case .rawProfile: rawProfile = text
        case .xmpText: xmpText = text
        case .xmp: xmp = .text
        }
    }

    /// What is before and after the first zero.
    private static func split(_ bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        bytes.firstIndex(of: 0).map { (bytes[..<$0], bytes[($0 + 1)...]) }
    }
}

/// The texts that are looked for, and how much of them has been decompressed.
private struct PNGTexts {
    enum Name: String, CaseIterable {
        case exif
        case rawProfile = "Raw profile type exif"
        case xmpText = "XML:com.adobe.xmp"
        case xmp

        init?(_ bytes: ArraySlice<UInt8>) {
            guard let name = Self.allCases.first(where: { bytes.elementsEqual($0.rawValue.utf8) }) else { return nil }
            self = name
        }
    }

    enum Inflated {
        case text([UInt8])
        case damaged
        case tooLong
    }

    /// `MAX_TEXT_CHUNK` of Pillow.
    private static let maxByteCount = 1 << 20
    /// `MAX_TEXT_MEMORY`; here what is damaged counts as well.
    private var left = 64 << 20

    mutating func inflated(_ bytes: ArraySlice<UInt8>) -> Inflated {
        guard left > 0 else { return .tooLong }
        var status = EMBED_IMAGE_DAMAGED
        let text = [UInt8](unsafeUninitializedCapacity: Self.maxByteCount) { buffer, count in
            status = bytes.withUnsafeBufferPointer {
                embed_inflate($0.baseAddress, $0.count, buffer.baseAddress, buffer.count, &count)
            }
        }
        // A stream has its price even where nothing comes out of it.
        left -= max(text.count, 4 << 10)
        return switch status {
        case EMBED_IMAGE_READ: .text(text)
        case EMBED_IMAGE_TOO_MUCH_MEMORY: .tooLong
        default: .damaged
        }
    }
}
