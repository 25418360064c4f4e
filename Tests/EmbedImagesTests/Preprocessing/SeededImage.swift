// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedTestSupport

/// Images made of a seed, the same as in Scripts/fixtures/seeded_images.py.
enum SeededImage: Int {
    case noise = 0
    /// Every channel of every pixel is 0 or 255.
    case extremes = 1
    /// Steps along rows and columns, wrapping around.
    case gradient = 2

    func make(seed: UInt64, width: Int, height: Int) -> RGBImage {
        var generator = SplitMix64(seed: seed)
        let count = width * height * 3
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count)
        switch self {
        case .noise, .extremes:
            while pixels.count < count {
                var word = generator.next()
                for _ in 0..<min(8, count - pixels.count) {
                    let byte = UInt8(truncatingIfNeeded: word)
                    pixels.append(self == .noise ? byte : byte < 128 ? 0 : 255)
                    word >>= 8
                }
            }
        case .gradient:
            let steps = (0..<9).map { _ in Int(generator.next() & 7) }
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<3 {
                        pixels.append(
                            UInt8(truncatingIfNeeded: (x * steps[c] + y * steps[3 + c]) / 2 + steps[6 + c] * 32))
                    }
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}

/// FNV-1a over 64-bit words, zeros behind the last byte, the same as in Scripts/fixtures/resize.py.
struct PixelDigest {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325
    private var word: UInt64 = 0
    private var byteCount: UInt64 = 0

    mutating func add(_ byte: UInt8) {
        word |= UInt64(byte) << (byteCount % 8 * 8)
        byteCount += 1
        if byteCount % 8 == 0 { flush() }
    }

    mutating func add(_ number: Float) {
        for shift in stride(from: 0, to: 32, by: 8) { add(UInt8(truncatingIfNeeded: number.bitPattern >> shift)) }
    }

    mutating func finish() -> String {
        if byteCount % 8 != 0 { flush() }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private mutating func flush() {
        state = (state ^ word) &* 0x100_0000_01B3
        word = 0
    }
}
