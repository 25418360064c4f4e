// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedTestSupport
import Foundation
import Testing

@Suite struct RefusedImageTests {
    /// Bombs, files cut short, damaged ones, and headers that lie: each costs little before it is refused.
    @Test func refusesHostileFilesSoonAndInLittleMemory() throws {
        let names = try ImageFiles.refusedNames()
        #expect(names.count == 122)
        for name in names {
            let bytes = try ImageFiles.refused(name)
            let before = try Self.memory("VmRSS")
            // From now on VmHWM is the largest since.
            try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
            let start = Self.processorTime()
            #expect(throws: ImageError.self, "\(name)") { try RGBImage(decoding: bytes) }
            #expect(Self.processorTime() - start < .seconds(2), "\(name)")
            #expect(try Self.memory("VmHWM") - before <= 256 << 20, "\(name)")
        }
    }

    @Test(arguments: [
        ("empty", "the image is empty"),
        ("html", "not an image that can be read: PNG, JPEG, WebP, GIF are known"),
        ("png-pixels", "the image has 8000 × 5001 pixels; at most 40000000 in all and 8192 a side are read"),
        ("gif-grown-side", "the image has 9005 × 5 pixels; at most 40000000 in all and 8192 a side are read"),
        ("jpeg-no-rows", "the JPEG image can't be read: its header says 16 × 0 pixels"),
        ("jpeg-12-bits", "the JPEG image can't be read: it has 12 bits a component; 8 are read"),
        ("jpeg-two-components", "the JPEG image can't be read: it has 2 components; 1, 3 and 4 are read"),
        ("jpeg-hierarchical", "the JPEG image can't be read: it is of a kind that isn't supported"),
        (
            "jpeg-scans-101",
            """
            the JPEG image can't be read: it has too many scans: at most 100 are read, of at most 480000000 pixels in \
            all
            """
        ),
        ("jpeg-memory-color", "the JPEG image can't be read: decoding it takes more than 251658240 bytes"),
        ("jpeg-wrong-table", "the JPEG image can't be read: its data is damaged"),
        ("webp-memory", "the WebP image can't be read: decoding it takes more than 251658240 bytes"),
        ("webp-cut-97", "the WebP image can't be read: the file ends too early"),
        ("gif-no-frame", "the GIF image can't be read: it has no frame"),
    ])
    func saysWhy(name: String, message: String) throws {
        let bytes = try ImageFiles.refused(name)
        let error = #expect(throws: ImageError.self) { try RGBImage(decoding: bytes) }
        #expect(error?.description == message)
    }

    @Test func holdsTheFileAgainstTheLimits() throws {
        let bytes = try ImageFiles.read("png-rgb-8-7x13")
        var limits = ImageLimits()
        limits.maxByteCount = bytes.count - 1
        #expect(throws: ImageError.tooManyBytes(bytes.count, limit: bytes.count - 1)) {
            try RGBImage(decoding: bytes, limits: limits)
        }
        limits = ImageLimits()
        limits.maxSide = 12
        #expect(throws: ImageError.tooLarge(width: 7, height: 13, limits)) {
            try RGBImage(decoding: bytes, limits: limits)
        }
        limits = ImageLimits()
        limits.maxPixels = 90
        #expect(throws: ImageError.tooLarge(width: 7, height: 13, limits)) {
            try RGBImage(decoding: bytes, limits: limits)
        }
        limits.maxPixels = 91
        #expect(try RGBImage(decoding: bytes, limits: limits).pixels.count == 273)
    }

    /// Seven kilobytes that ask for eight megabytes of codes.
    @Test func holdsTheDecodersMemoryAgainstTheLimit() throws {
        let bytes = try ImageFiles.read("webp-many-codes")
        var limits = ImageLimits()
        limits.maxMemory = 5 << 20
        let error = #expect(throws: ImageError.self) { try RGBImage(decoding: bytes, limits: limits) }
        #expect(error?.description == "the WebP image can't be read: decoding it takes more than 5242880 bytes")
    }

    /// Of this thread: on a busy machine the clock on the wall says nothing.
    static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// In bytes.
    private static func memory(_ field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(field + ":") })
        return try #require(Int(line.filter(\.isNumber))) << 10
    }
}
