// SPDX-License-Identifier: Apache-2.0

import EmbedModels
import Glibc

/// The cosines and sines of a ``Rotary``, as far as sequences so far were long.
struct RotationTable: Sendable {
    let rotary: Rotary
    /// For each place the cosines of all pairs, then their sines: `[places, size]`.
    private var angles: [Float] = []
    /// The same for sequences whose frequencies depend on their length; of the current batch only.
    private var stretched: [Int: [Float]] = [:]

    /// Places computed at once: most texts need no more.
    private static let step = 512

    init(_ rotary: Rotary) { self.rotary = rotary }

    /// Computes what sequences of these lengths need.
    mutating func prepare(lengths: [Int]) {
        let trained = rotary.stretching?.trainedLength ?? .max
        let places = (lengths.lazy.filter { $0 <= trained }.max() ?? 0).roundedUp(toMultipleOf: Self.step)
        let known = angles.count / max(rotary.size, 1)
        if places > known { append(known..<places, rotary.frequencies, to: &angles) }
        stretched = stretched.filter { lengths.contains($0.key) }
        for length in lengths where length > trained && stretched[length] == nil {
            var table: [Float] = []
            append(0..<length, rotary.frequencies(forLength: length), to: &table)
            stretched[length] = table
        }
    }

    /// Calls `body` with the rows from `place` on, for a sequence of `length` tokens.
    func withAngles(from place: Int, length: Int, _ body: (UnsafePointer<Float>) -> Void) {
        (stretched[length] ?? angles).withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base + place * rotary.size) }
        }
    }

    /// The angle is rounded to single precision as Transformers does it; its cosine and sine are exact to that.
    private func append(_ places: Range<Int>, _ frequencies: [Float], to table: inout [Float]) {
        table.reserveCapacity(table.count + places.count * rotary.size)
        for place in places {
            for function in [cos, sin] as [(Double) -> Double] {
                for frequency in frequencies {
                    table.append(Float(function(Double(Float(place) * frequency))) * rotary.magnitude)
                }
            }
        }
    }
}

extension Transformer {
    /// The different ways in which its blocks turn queries and keys.
    var rotations: [Rotary] {
        var rotations: [Rotary] = []
        for block in blocks {
            if let rotary = block.attention.rotary, !rotations.contains(rotary) { rotations.append(rotary) }
        }
        return rotations
    }
}
