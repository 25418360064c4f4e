// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import Testing

@Suite struct ImageOrientationTests {
    /// `count` of the files are turned.
    @Test(arguments: [("png-", 50), ("jpeg-", 58), ("webp-", 20), ("gif-", 0)])
    func turnsAsTransformersLoadImage(prefix: String, count: Int) throws {
        let files = try ImageFiles.expected(prefix)
        #expect(files.count { $0.stored != $0.upright } == count)
        for file in files {
            let image = try RGBImage(decoding: ImageFiles.read(file.name), orientation: .upright)
            #expect(ImageFiles.Pixels(of: image) == file.upright, "\(file.name)")
        }
    }

    /// Every orientation undoes itself, but for the two quarters, which undo each other.
    @Test(arguments: ImageOrientation.allCases)
    func turnsBack(orientation: ImageOrientation) {
        let pixels = (0..<3 * 70 * 131).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let image = RGBImage(width: 70, height: 131, pixels: pixels)
        let back: ImageOrientation =
            switch orientation {
            case .rightTop: .leftBottom
            case .leftBottom: .rightTop
            default: orientation
            }
        #expect(image.turned(orientation).turned(back) == image)
        #expect((image.turned(orientation) == image) == (orientation == .topLeft))
    }

    @Test func holdsTurningAgainstTheLimitOfMemory() throws {
        let bytes = try ImageFiles.read("png-upright-MM-8")
        let stored = try RGBImage(decoding: bytes)
        var limits = ImageLimits()
        limits.maxMemory = 2 * stored.pixels.count - 1
        #expect(try RGBImage(decoding: bytes, limits: limits) == stored)
        #expect(throws: ImageError.unreadable(.png, reason: "decoding it takes more than \(limits.maxMemory) bytes")) {
            try RGBImage(decoding: bytes, limits: limits, orientation: .upright)
        }
        limits.maxMemory += 1
        #expect(try RGBImage(decoding: bytes, limits: limits, orientation: .upright) == stored.turned(.leftBottom))
    }

    /// Nine megabytes of texts that would become nine gigabytes.
    @Test func decompressesOnlySoMuch() throws {
        let bytes = try ImageFiles.read("png-profile-large")
        let start = try #require(bytes.firstRange(of: "zTXt".utf8)).lowerBound - 4
        let end = try #require(bytes.firstRange(of: "IDAT".utf8)).lowerBound - 4
        var file = Array(bytes[..<start])
        while file.count < 9 << 20 { file += bytes[start..<end] }
        file += bytes[end...]
        let before = RefusedImageTests.processorTime()
        #expect(ImageOrientation(of: file, format: .png, maxMemory: ImageLimits().maxMemory) == .topLeft)
        // All of them take 20 s.
        #expect(RefusedImageTests.processorTime() - before < .seconds(2))
    }

    /// What is cut off or changed is found or not; nothing traps.
    @Test(arguments: [
        ("png-profile-packed", ImageFormat.png), ("png-exif-animated-between", .png), ("jpeg-exif-parts", .jpeg),
        ("jpeg-exif-after-text", .jpeg), ("jpeg-xmp-element", .jpeg), ("webp-exif-twice", .webp),
    ])
    func readsAnything(name: String, format: ImageFormat) throws {
        let bytes = try ImageFiles.read(name)
        let maxMemory = ImageLimits().maxMemory
        for index in bytes.indices {
            _ = ImageOrientation(of: Array(bytes[..<index]), format: format, maxMemory: maxMemory)
            for byte: UInt8 in [0, 0xFF, bytes[index] ^ 0x40] {
                var changed = bytes
                changed[index] = byte
                _ = ImageOrientation(of: changed, format: format, maxMemory: maxMemory)
            }
        }
    }
}
