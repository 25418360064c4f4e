// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// `truncate_dim`, against `encode` with and without `normalize_embeddings`.
@Suite struct OutputOptionsTests {
    @Test(arguments: [
        (OutputOptions(), "vectors", 12),
        (OutputOptions(normalizes: true), "vectors.normalized", 12),
        (OutputOptions(dimensions: 20), "vectors.whole", 20),
        (OutputOptions(dimensions: 20, normalizes: true), "vectors.whole", 20),
        (OutputOptions(dimensions: 12), "vectors.normalized", 12),
        (OutputOptions(dimensions: 12, matryoshka: .plain), "vectors", 12),
        (OutputOptions(dimensions: 12, normalizes: true, matryoshka: .plain), "vectors", 12),
    ])
    func cutsAsTheReference(options: OutputOptions, tensor: String, dimension: Int) throws {
        let fixture = try ExpectedVectors("Models/truncate-dim", tensor: tensor)
        let model = try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/truncate-dim")), on: CPUDevice(threads: 1))
        #expect(model.description.dimension == 12)
        #expect(model.description.fullDimension == 20)
        let vectors = try model.embed(fixture.texts.map { try model.prepare(.text($0)) })
        let output = model.description.output(vectors, options)
        #expect(output.dimension == dimension)
        #expect(largestDifference(output.values, fixture.vectors) <= 2e-5)
    }

    /// A mean of vectors of length 1 is shorter.
    @Test func normalizesMeansOnlyWhenAsked() throws {
        let model = try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/new-format")), on: CPUDevice(threads: 1))
        let mean: [Float] = [0.6, 0, 0.3] + [Float](repeating: 0, count: 29)
        func output(_ options: OutputOptions) -> [Float] {
            model.description.output(mean, areMeans: true, options).values
        }
        #expect(output(OutputOptions()) == mean)
        #expect(output(OutputOptions(dimensions: 2)) == [0.6, 0])
        #expect(output(OutputOptions(dimensions: 2, normalizes: true)) == [1, 0])
    }
}
