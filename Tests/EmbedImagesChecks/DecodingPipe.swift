// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Decodes the files that come in on standard input; Scripts/check-images builds it and compares with Pillow.
///
/// A file comes as whether it is to be turned, its byte count and its bytes. What goes out is whether it could be read,
/// the nanoseconds that took, and either width, height and pixels or the byte count of an error and the error. Numbers
/// are of eight bytes, little-endian.
@main enum DecodingPipe {
    static func main() {
        while let isTurned = number(), let bytes = number().flatMap({ input($0) }) {
            let clock = ContinuousClock()
            let start = clock.now
            do throws(ImageError) {
                let image = try RGBImage(decoding: bytes, orientation: isTurned == 0 ? .asStored : .upright)
                output([1, nanoseconds(start.duration(to: clock.now)), image.width, image.height], image.pixels)
            } catch {
                let text = Array(error.description.utf8)
                output([0, nanoseconds(start.duration(to: clock.now)), text.count], text)
            }
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1_000_000_000 + Int(duration.components.attoseconds / 1_000_000_000)
    }

    /// `nil` at the end.
    private static func number() -> Int? { input(8).map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } } }

    private static func input(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return fread(&bytes, 1, count, stdin) == count ? bytes : nil
    }

    private static func output(_ numbers: [Int], _ bytes: [UInt8]) {
        let head = numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        fwrite(head, 1, head.count, stdout)
        fwrite(bytes, 1, bytes.count, stdout)
        fflush(stdout)
    }
}
