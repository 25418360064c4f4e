// SPDX-License-Identifier: Apache-2.0

import EmbedModels
import Glibc
import Testing

@testable import EmbedDevices

/// Cosines and sines of rotary positions, as they are asked for by sequences of any length.
@Suite struct RotationTableTests {
    private func row(_ table: RotationTable, place: Int, length: Int) -> [Float] {
        var row: [Float] = []
        table.withAngles(from: place, length: length) { angles in
            row = Array(UnsafeBufferPointer(start: angles, count: table.rotary.size))
        }
        return row
    }

    private func expected(_ rotary: Rotary, _ frequencies: [Float], place: Int) -> [Float] {
        let angles = frequencies.map { Double(Float(place) * $0) }
        return (angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }).map { $0 * rotary.magnitude }
    }

    @Test func growsWithTheLongestSequence() {
        var rotary = Rotary(base: 10_000, size: 8)
        rotary.magnitude = 1.25
        var table = RotationTable(rotary)
        for length in [1, 512, 513, 3, 2000] {
            table.prepare(lengths: [1, length])
            for place in [0, length / 2, length - 1] {
                #expect(
                    row(table, place: place, length: length) == expected(rotary, rotary.frequencies, place: place))
            }
        }
    }

    @Test func stretchesLongSequencesEachByItsOwnLength() {
        var rotary = Rotary(base: 1000, size: 6)
        rotary.stretching = Rotary.Stretching(base: 1000, factor: 2, trainedLength: 16)
        var table = RotationTable(rotary)
        for lengths in [[16], [17, 40], [40, 5], [3]] {
            table.prepare(lengths: lengths)
            for length in lengths {
                let frequencies = length > 16 ? rotary.frequencies(forLength: length) : rotary.frequencies
                #expect(
                    row(table, place: length - 1, length: length) == expected(rotary, frequencies, place: length - 1))
            }
        }
        // Base 1000 · (2 · 40 ÷ 16 − 1)^(6 ÷ 4) = 8000.
        let stretched = rotary.frequencies(forLength: 40)
        for (index, frequency) in stretched.enumerated() {
            #expect(abs(frequency - powf(8000, -Float(index) / 3)) < 1e-6)
        }
    }
}
