// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedTestSupport
import Testing

@Suite struct ResizeTests {
    private struct Case {
        let image: RGBImage
        let width: Int
        let height: Int
        let filter: ResampleFilter
        let digest: String

        init(_ line: Substring) throws {
            let fields = line.split(separator: " ")
            let numbers = try fields.dropLast().map { try #require(Int($0)) }
            let kind = try #require(SeededImage(rawValue: numbers[1]))
            image = kind.make(seed: UInt64(numbers[0]), width: numbers[2], height: numbers[3])
            (width, height) = (numbers[4], numbers[5])
            filter = try #require(ResampleFilter(rawValue: numbers[6]))
            digest = String(fields[7])
        }
    }

    private static func cases() throws -> [Substring] {
        String(decoding: try Fixtures.bytes("Pixels/resize.txt"), as: UTF8.self).split(separator: "\n")
    }

    @Test func `Resized images are Pillow's, bit for bit`() throws {
        let lines = try Self.cases()
        #expect(lines.count >= 1000)
        for line in lines {
            let item = try Case(line)
            let resized = item.image.resized(
                toWidth: item.width, height: item.height, item.filter, columns: 0..<item.width, rows: 0..<item.height)
            var digest = PixelDigest()
            for byte in resized.pixels { digest.add(byte) }
            #expect(digest.finish() == item.digest, "\(line)")
        }
    }

    @Test func `A part of a resized image is that part of the whole`() throws {
        var generator = SplitMix64(seed: 3)
        for line in try Self.cases().prefix(200) {
            let item = try Case(line)
            let whole = item.image.resized(
                toWidth: item.width, height: item.height, item.filter, columns: 0..<item.width, rows: 0..<item.height)
            let left = Int.random(in: 0..<item.width, using: &generator)
            let right = Int.random(in: left + 1...item.width, using: &generator)
            let top = Int.random(in: 0..<item.height, using: &generator)
            let bottom = Int.random(in: top + 1...item.height, using: &generator)
            let part = item.image.resized(
                toWidth: item.width, height: item.height, item.filter, columns: left..<right, rows: top..<bottom)
            #expect(part == whole.cropped(columns: left..<right, rows: top..<bottom), "\(line)")
        }
    }

    @Test func `An image of one row costs no more than the crop that is kept of it`() {
        let image = SeededImage.noise.make(seed: 1, width: 8192, height: 1)
        // The whole would have 4096 × 33,554,432 pixels.
        let part = image.resized(
            toWidth: 8192 * 4096, height: 4096, .bicubic, columns: 16_777_000..<16_777_010, rows: 0..<10)
        #expect(part.pixels.count == 300)
    }
}
