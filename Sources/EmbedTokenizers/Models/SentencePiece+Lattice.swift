// SPDX-License-Identifier: Apache-2.0

extension SentencePiece {
    /// The best path found so far to a position between scalars: its sum, and its last piece with where that begins.
    struct Way {
        var score: Float = 0
        /// Or -1 while there is no path.
        var start: Int32 = -1
        var piece: Int32 = 0
        /// How many tokens the path has at least.
        var tokenCount: Int32 = 0
    }

    /// The scalars of a text, and the best way to each of the positions between them.
    struct Lattice {
        let count: Int
        let scalars: [UInt32]
        /// Where each position lies in the text, in bytes.
        let offsets: [Int32]
        var ways: [Way]

        init(_ text: AlignedText) {
            var scalars: [UInt32] = []
            var offsets: [Int32] = [0]
            scalars.reserveCapacity(text.count)
            offsets.reserveCapacity(text.count + 1)
            var position = 0
            let bytes = text.bytes.span.extracting(0..<text.count)
            while position < bytes.count {
                let (scalar, length) = UTF8Decoding.scalar(bytes, at: position)
                scalars.append(scalar)
                position += length
                offsets.append(Int32(truncatingIfNeeded: position))
            }
            count = scalars.count
            self.scalars = scalars
            self.offsets = offsets
            ways = [Way](repeating: Way(), count: count + 1)
        }

        /// Ends of the pieces of the best path to a position.
        func path(to end: Int) -> [Int] {
            var path: [Int] = []
            var end = end
            while end > 0 {
                path.append(end)
                end = Int(ways[end].start)
            }
            return path.reversed()
        }
    }
}
