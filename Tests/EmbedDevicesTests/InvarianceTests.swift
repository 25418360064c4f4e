// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedTestSupport
import Testing

/// A text's vector doesn't depend on what is computed beside it nor on how the work is divided: bit for bit.
@Suite struct InvarianceTests {
    /// Batches for which the workers divide columns, rows and whole sequences.
    private static let lengths = [
        [1], [9], [3, 1, 20], [150], [150, 3], [7, 150, 2, 90], Array(1...60), [150, 149, 151, 150],
    ]

    /// One for each way to embed, to attend and to use blocks.
    private static let models = [
        "new-format", "odd-sizes", "roberta", "electra", "electra-wide", "albert-groups", "mpnet",
        "nomic-bert-stretched", "nomic-bert-moe", "jina-bert-code", "gte-new",
    ]

    @Test(arguments: models, ModelFixture.usableISAs)
    func givesTheSameVectorAloneAndInAnyBatch(model: String, isa: String) throws {
        let fixture = try ModelFixture(model)
        let loaded = try fixture.load(isa: isa)
        for lengths in Self.lengths {
            let sequences = Self.sequences(lengths)
            let together = try loaded.embed(RaggedBatch(sequences))
            for (index, sequence) in sequences.enumerated() {
                let alone = try loaded.embed(RaggedBatch([sequence]))
                #expect(Array(together[index]) == alone.values)
            }
        }
    }

    @Test(arguments: models, WeightType.allCases)
    func givesTheSameVectorInAnyBatchWithNarrowWeights(model: String, weights: WeightType) throws {
        let fixture = try ModelFixture(model)
        for isa in ModelFixture.usableISAs {
            let loaded = try fixture.load(threads: 2, isa: isa, weights: weights)
            for lengths in Self.lengths {
                let sequences = Self.sequences(lengths)
                let together = try loaded.embed(RaggedBatch(sequences))
                for (index, sequence) in sequences.enumerated() {
                    #expect(try Array(together[index]) == loaded.embed(RaggedBatch([sequence])).values, "\(isa)")
                }
            }
        }
    }

    @Test(arguments: models, [2, 3, 5])
    func givesTheSameVectorsWithAnyNumberOfThreads(model: String, threads: Int) throws {
        let fixture = try ModelFixture(model)
        for weights in WeightType.allCases { try compareThreads(threads, fixture, weights) }
    }

    private func compareThreads(_ threads: Int, _ fixture: ModelFixture, _ weights: WeightType) throws {
        let single = try fixture.load(weights: weights)
        let several = try fixture.load(threads: threads, weights: weights)
        for lengths in Self.lengths {
            let batch = RaggedBatch(Self.sequences(lengths))
            #expect(try several.embed(batch) == single.embed(batch))
            #expect(try several.hiddenStates(of: batch) == single.hiddenStates(of: batch))
        }
    }

    @Test func computesOneBatchAtATimeForManyCallers() async throws {
        let loaded = try ModelFixture("new-format").load(threads: 2)
        let batches = Self.lengths.map { RaggedBatch(Self.sequences($0)) }
        let expected = try batches.map { try loaded.embed($0) }
        try await withThrowingTaskGroup(of: (Int, VectorBatch).self) { group in
            for index in batches.indices.flatMap({ [$0, $0, $0] }) {
                group.addTask { (index, try loaded.embed(batches[index])) }
            }
            for try await (index, found) in group { #expect(found == expected[index]) }
        }
    }

    /// Random ids inside the fixtures' vocabulary.
    private static func sequences(_ lengths: [Int]) -> [[Int32]] {
        var random = SplitMix64(seed: 7)
        return lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<200, using: &random) } }
    }
}
