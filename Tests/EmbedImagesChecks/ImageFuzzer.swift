// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What libFuzzer calls with each of its inputs; Scripts/fuzz-images builds and runs it.
///
/// Inputs of other formats than EMBED_FUZZ_FORMAT's are passed over, so that a run is of one decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard ImageFormat(of: bytes) == fuzzedFormat else { return -1 }
    // Small ones, so that there are many.
    var limits = ImageLimits()
    limits.maxPixels = 1 << 18
    limits.maxMemory = 64 << 20
    do throws(ImageError) {
        let image = try RGBImage(decoding: bytes, limits: limits, orientation: .upright)
        precondition(image.pixels.count == 3 * image.width * image.height)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

private let fuzzedFormat = getenv("EMBED_FUZZ_FORMAT").flatMap { ImageFormat(rawValue: String(cString: $0)) }
