// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// The real all-MiniLM-L6-v2 against sentence-transformers in float32, on 1,018 texts; see Tests/Fixtures/README.md.
@Suite(.serialized) struct MiniLMParityTests {
    private static let dimension = 384

    @Test func givesTheReferencesVectorsAlone() throws {
        let expected = try expected()
        let model = try model(threads: 1)
        var found: [Float] = []
        for (text, count) in zip(expected.texts, expected.tokenCounts) {
            let input = try model.prepare(.text(text))
            #expect(input.tokenIDs.count == count)
            found += try model.embed([input])
        }
        #expect(largestDifference(found, expected.vectors) <= 1e-4)
        let cosines = expected.texts.indices.map { cosine(row(found, $0), row(expected.vectors, $0)) }.sorted()
        #expect(cosines[0] >= 0.99999)
        #expect(cosines[cosines.count / 100] >= 0.999999, "the typical text; one in a hundred may be worse")
        #expect(cosines.count >= 1000)
    }

    @Test(arguments: [1, 2, 3])
    func givesTheSameVectorsInAnyBatchWithAnyThreads(threads: Int) throws {
        let texts = try expected().texts
        let single = try model(threads: 1)
        let inputs = try texts.map { try single.prepare(.text($0)) }
        let alone = try inputs.flatMap { try single.embed([$0]) }
        let model = try model(threads: threads)
        for size in [2, 7, 64, inputs.count] {
            var batched: [Float] = []
            for start in stride(from: 0, to: inputs.count, by: size) {
                batched += try model.embed(inputs[start..<min(start + size, inputs.count)])
            }
            #expect(largestDifference(batched, alone) <= 1e-6, "batches of \(size)")
        }
    }

    /// The numbers that one of the services Embedder replaces publishes for this model.
    @Test(arguments: [
        ("iPhone", [-0.028786, 0.024761, 0.066526] as [Float]),
        ("Samsung", [-0.133418, 0.049687, 0.043825]),
    ])
    func givesThePublishedNumbers(text: String, components: [Float]) throws {
        let model = try model(threads: 1)
        let vector = try model.embed([model.prepare(.text(text))])
        #expect(largestDifference(vector.prefix(3), components) <= 1e-6)
    }

    @Test func cutsAndRefusesAtTheModelsLength() throws {
        let model = try model(threads: 1)
        let long = EmbeddingInput.text(String(repeating: "word ", count: 1000))
        let cut = try model.prepare(long)
        #expect(cut.isTruncated)
        #expect(cut.tokenIDs.count == 256)
        #expect(cut.tokenIDs.last == 102)
        var rows: [PreparedInput] = []
        #expect(throws: InputError.tooLong(limit: 256)) { try model.prepare(long, longTexts: .refuse, into: &rows) }
        let fitting = EmbeddingInput.text(String(repeating: "word ", count: 254))
        #expect(try !model.prepare(fitting, longTexts: .refuse, into: &rows))
        #expect(rows.map(\.tokenIDs.count) == [256])
    }

    @Test func takesItsOwnTokenIDsAsTheyAre() throws {
        let model = try model(threads: 1)
        let ids: [Int32] = [101, 7592, 2088, 102]
        #expect(
            try model.prepare(.tokenIDs(ids)) == model.prepare(.text("Hello world"))
        )
    }

    @Test func cutsTokenIDsInsideTheirFrame() throws {
        let model = try model(threads: 1)
        let input = try model.prepare(.tokenIDs([101] + Array(repeating: 7592, count: 999) + [102]))
        #expect(input.tokenIDs == [101] + Array(repeating: 7592, count: 254) + [102])
        #expect(input.isTruncated)
    }

    @Test(arguments: [
        ([] as [Int32], InputError.emptyTokenIDs),
        ([101, -1, 102], .tokenOutOfVocabulary(id: -1, vocabularySize: 30_522)),
        ([101, 10_000_000, 102], .tokenOutOfVocabulary(id: 10_000_000, vocabularySize: 30_522)),
        ([7592, 2088], .unframedTokenIDs(prefix: [101], suffix: [102])),
        ([101], .unframedTokenIDs(prefix: [101], suffix: [102])),
    ])
    func refusesForeignTokenIDs(ids: [Int32], error: InputError) throws {
        let model = try model(threads: 1)
        #expect(throws: error) { try model.prepare(.tokenIDs(ids)) }
    }

    @Test func acceptsAnyTokenIDsWhenAsked() throws {
        let model = try model(threads: 1, options: ModelOptions(tokenIDPolicy: .any))
        #expect(try model.prepare(.tokenIDs([7592])).tokenIDs == [7592])
    }

    private func expected() throws -> ExpectedVectors {
        try ExpectedVectors("Parity", texts: "texts.json", vectors: "vectors")
    }

    private func model(threads: Int, options: ModelOptions = ModelOptions()) throws -> EmbeddingModel {
        try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.miniLM()), on: CPUDevice(threads: threads), options: options)
    }

    private func row(_ values: [Float], _ index: Int) -> ArraySlice<Float> {
        values[index * Self.dimension..<(index + 1) * Self.dimension]
    }
}
