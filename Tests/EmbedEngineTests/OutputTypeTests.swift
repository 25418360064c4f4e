// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedTestSupport
import Testing

@Suite struct OutputTypeTests {
    @Test(arguments: [OutputType.int8, .uint8, .binary, .ubinary])
    func makesTheReferencesNumbers(type: OutputType) throws {
        let root = try JSONDocument(parsing: Fixtures.bytes("OutputTypes/expected.json")).root
        let rows = try #require(root.elements)
        #expect(rows.count == 25)
        for row in rows {
            let vector = try #require(row["vector"]?.elements).compactMap { $0.double.map { Float($0) } }
            let expected = try #require(row[type.rawValue]?.elements).compactMap(\.int)
            let found = try #require(QuantizedVector(vector, as: type))
            let numbers =
                switch found {
                case .signed(let numbers): numbers.map { Int($0) }
                case .unsigned(let numbers): numbers.map { Int($0) }
                }
            #expect(numbers == expected)
            #expect(found.bytes == expected.map { UInt8(truncatingIfNeeded: $0) })
            #expect(type.count(dimension: vector.count) == expected.count)
        }
    }

    @Test func leavesFloatsAlone() {
        #expect(QuantizedVector([0.5], as: .float) == nil)
        #expect(OutputType.float.count(dimension: 7) == 7)
    }

    /// A client may ask for int8 of a model whose vectors are longer than 1.
    @Test func keepsNumbersInTheirRange() {
        #expect(QuantizedVector([3, -3, 1.004], as: .int8) == .signed([127, -128, 127]))
        #expect(QuantizedVector([3, -3], as: .uint8) == .unsigned([255, 0]))
    }
}
