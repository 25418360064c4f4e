// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import Testing

@Suite struct ImageDecodingTests {
    @Test(arguments: [("png-", 212), ("jpeg-", 182), ("webp-", 62), ("gif-", 45)])
    func hasPillowsPixels(prefix: String, count: Int) throws {
        let files = try ImageFiles.expected(prefix)
        #expect(files.count == count)
        for file in files {
            let image = try RGBImage(decoding: ImageFiles.read(file.name))
            #expect(ImageFiles.Pixels(of: image) == file.stored, "\(file.name)")
        }
    }

    @Test(arguments: ["png-", "jpeg-", "webp-", "gif-"])
    func readsTheSizeFromTheHeader(prefix: String) throws {
        for file in try ImageFiles.expected(prefix) {
            let header = try ImageHeader(of: ImageFiles.read(file.name))
            #expect(header.width == file.stored.width && header.height == file.stored.height, "\(file.name)")
            #expect(prefix == header.format.rawValue + "-", "\(file.name)")
        }
    }

    /// The decoders keep nothing between two images, nor between two threads.
    @Test func decodesOnManyThreadsAtOnce() async throws {
        let files = try ["png-ancillary", "jpeg-rgb-progressive-33x2", "webp-many-codes", "gif-256-colors"].map {
            try ImageFiles.read($0)
        }
        let alone = try files.map { try RGBImage(decoding: $0) }
        try await withThrowingTaskGroup(of: (Int, RGBImage).self) { group in
            for task in 0..<64 {
                group.addTask { (task % 4, try RGBImage(decoding: files[task % 4])) }
            }
            for try await (index, image) in group { #expect(image == alone[index]) }
        }
    }

    /// A file may end anywhere: it is read or refused, and as read it is as Pillow reads the whole one.
    @Test(arguments: [
        "png-many-parts", "png-grey-16-interlaced-7x13", "jpeg-subsampling-2-50", "jpeg-cmyk-progressive-33x2",
        "webp-alpha-50", "webp-animated-offset-1-0", "gif-extensions", "gif-offset-interlaced",
    ])
    func endsAnywhere(name: String) throws {
        let bytes = try ImageFiles.read(name)
        let whole = try RGBImage(decoding: bytes)
        for count in 0..<bytes.count {
            do throws(ImageError) {
                #expect(try RGBImage(decoding: Array(bytes[..<count])) == whole, "\(count) bytes")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
