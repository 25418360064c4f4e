// SPDX-License-Identifier: Apache-2.0

/// What a checkpoint of texts and images computes for an image.
///
/// An image is `[rows × columns of patches, 3 · patchSize²]` numbers: patches row by row, in each its red, green and blue
/// pixels row by row, as ``PatchEmbeddings`` has them.
package struct ImageTower: Sendable {
    package var transformer: Transformer
    package var head: Head
    package var patches: PatchEmbeddings

    /// Pixels of a patch's side.
    package var patchSize: Int { patches.patchSize }
    /// Pixels of an image's side, as the image processor has to give them.
    package var imageSize: Int { patches.imageSize }
    /// Hidden states of an image: what it counts in a batch beside a text's tokens.
    package var sequenceLength: Int { patches.sequenceLength }

    /// Images on which a tower with narrow weights is compared with its float32 self, as numbers of patches in the range
    /// that a normalised image has: slopes in several directions, under noise from none to much.
    package func probes() -> [[Float]] {
        let size = patchSize
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        /// From −1 to 1; Knuth's linear congruential generator.
        func noise() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }
        return (0..<8).map { number in
            var numbers: [Float] = []
            numbers.reserveCapacity(patches.patchCount * patches.projection.inputs)
            for patch in 0..<patches.patchCount {
                let (top, left) = (patch / patches.columns * size, patch % patches.columns * size)
                for channel in 0..<3 {
                    for pixel in 0..<size * size {
                        let y = Float(top + pixel / size) / Float(imageSize)
                        let x = Float(left + pixel % size) / Float(imageSize)
                        let slope = number.isMultiple(of: 2) ? x - y : x + y - 1
                        let phase = Float((number + channel) % 4) * 0.5 - 0.75
                        numbers.append(1.5 * slope + phase + noise() * Float(number) / 4)
                    }
                }
            }
            return numbers
        }
    }
}
