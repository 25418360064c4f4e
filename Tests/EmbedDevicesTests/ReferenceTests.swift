// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// Against sentence-transformers and Transformers in float32; see Tests/Fixtures/README.md.
@Suite struct ReferenceTests {
    private static let models = [
        "new-format", "old-format", "pooling", "dense", "layer-norm", "float16", "bfloat16", "sharded", "masked-lm",
        "odd-sizes", "gelu-new", "relu", "silu", "distilbert", "distilbert-masked-lm", "roberta", "xlm-roberta",
        "camembert", "electra", "electra-wide", "albert", "albert-groups", "mpnet", "mpnet-masked-lm", "modernbert",
        "modernbert-masked-lm", "eurobert", "qwen2", "qwen2-bidirectional", "qwen3", "qwen3-bidirectional",
        "qwen3-projected", "mistral", "llama", "llama-bidirectional", "gemma2", "gemma3", "embeddinggemma",
        "nomic-bert", "nomic-bert-stretched", "nomic-bert-transformers", "nomic-bert-moe", "jina-bert",
        "jina-bert-code", "gte", "gte-new", "gte-transformers", "jina-embeddings-v3", "jina-embeddings-v3-masked-lm",
        "jina-embeddings-v3-transformers",
    ]
    /// Hidden states are of the size of 1 after a layer norm; two float32 implementations differ by some roundings.
    private static let tolerance: Float = 1e-5

    @Test(arguments: models, ModelFixture.usableISAs)
    func computesTheReferencesHiddenStates(model: String, isa: String) throws {
        let fixture = try ModelFixture(model)
        let loaded = try fixture.load(threads: 2, isa: isa)
        let found = try loaded.hiddenStates(of: RaggedBatch(fixture.sequences))
        let expected = try fixture.sequences.indices.flatMap { try fixture.expected("hidden_states.\($0)") }
        let difference = largestDifference(found, expected)
        #expect(difference <= Self.tolerance)
    }

    @Test(arguments: models, ModelFixture.usableISAs)
    func computesTheReferencesVectors(model: String, isa: String) throws {
        let fixture = try ModelFixture(model)
        let loaded = try fixture.load(isa: isa)
        let found = try loaded.embed(RaggedBatch(fixture.sequences))
        #expect(found.count == fixture.sequences.count)
        #expect(found.dimension == loaded.dimension)
        let difference = largestDifference(found.values, try fixture.expected("vectors"))
        #expect(difference <= Self.tolerance)
    }

    @Test(arguments: [
        [PoolingMode.cls], [.max], [.mean], [.weightedMean], [.lastToken], [.cls, .max], [.max, .mean, .lastToken],
    ])
    func poolsAsTheReference(modes: [PoolingMode]) throws {
        var fixture = try ModelFixture("pooling")
        fixture.head.pooling.modes = modes
        fixture.head.dimension = modes.count * fixture.transformer.hiddenSize
        let found = try fixture.load().embed(RaggedBatch(fixture.sequences))
        let expected = try fixture.expected("vectors.\(modes.map(\.rawValue).joined(separator: "+"))")
        #expect(largestDifference(found.values, expected) <= Self.tolerance)
    }

    /// √n makes the vectors, and so their roundings, larger.
    @Test func poolsByTheRootOfTheLengthAsTheReference() throws {
        var fixture = try ModelFixture("pooling")
        fixture.head.pooling.modes = [.meanSquareRootLength]
        fixture.head.dimension = fixture.transformer.hiddenSize
        let found = try fixture.load().embed(RaggedBatch(fixture.sequences))
        let expected = try fixture.expected("vectors.mean_sqrt_len_tokens")
        #expect(largestDifference(found.values, expected) <= 10 * Self.tolerance)
    }

    /// Sums over the reference's hidden states; `_forward_padded` in sentence-transformers' pooling.py says which.
    @Test(arguments: [1, 2, 5])
    func leavesThePromptOutOfPooling(promptLength: Int) throws {
        var fixture = try ModelFixture("pooling")
        fixture.head.pooling = Pooling(modes: [.cls, .mean, .weightedMean], includesPrompt: false)
        let size = fixture.transformer.hiddenSize
        fixture.head.dimension = 3 * size
        var batch = RaggedBatch()
        for sequence in fixture.sequences { batch.append(sequence, promptLength: promptLength) }
        let found = try fixture.load().embed(batch)
        for (index, sequence) in fixture.sequences.enumerated() where sequence.count > promptLength {
            let states = try fixture.expected("hidden_states.\(index)")
            let tokens = promptLength..<sequence.count
            var expected = Array(states[promptLength * size..<(promptLength + 1) * size])
            expected += mean(of: states, size: size, tokens: tokens) { _ in 1 }
            expected += mean(of: states, size: size, tokens: tokens) { Double($0 + 1) }
            #expect(largestDifference(found[index], expected) <= Self.tolerance)
        }
    }

    /// The weighted mean of the rows `tokens` of `states` `[tokens, size]`.
    private func mean(of states: [Float], size: Int, tokens: Range<Int>, weight: (Int) -> Double) -> [Float] {
        let total = tokens.reduce(0) { $0 + weight($1) }
        return (0..<size).map { component in
            var sum = 0.0
            for token in tokens { sum += weight(token) * Double(states[token * size + component]) }
            return Float(sum / total)
        }
    }

    @Test func poolsNothingButAPromptToZeros() throws {
        var fixture = try ModelFixture("pooling")
        fixture.head.pooling.includesPrompt = false
        var batch = RaggedBatch()
        batch.append([2, 43, 3], promptLength: 3)
        batch.append([2, 43, 3], promptLength: 7)
        #expect(try fixture.load().embed(batch).values.allSatisfy { $0 == 0 })
    }

    @Test(arguments: ModelFixture.usableISAs)
    func computesTheReferencesVectorsOfEachTask(isa: String) throws {
        let fixture = try ModelFixture("jina-embeddings-v3")
        let tasks = fixture.transformer.adapters
        #expect(tasks == ["retrieval.query", "retrieval.passage", "separation", "classification", "text-matching"])
        let loaded = try fixture.load(threads: 2, isa: isa)
        var all = RaggedBatch()
        var expected: [Float] = []
        for (number, task) in tasks.enumerated() {
            for sequence in fixture.sequences { all.append(sequence, task: number) }
            expected += try fixture.expected("vectors.\(task)")
        }
        let found = try loaded.embed(all)
        #expect(largestDifference(found.values, expected) <= 2e-5)
        // Beside texts of other tasks, and of none, as alone.
        for index in 0..<all.count {
            var alone = RaggedBatch()
            alone.append(all.tokenIDs[all.offsets[index]..<all.offsets[index + 1]], task: all.tasks[index])
            #expect(try loaded.embed(alone).values == Array(found[index]))
        }
        var mixed = RaggedBatch()
        mixed.append(fixture.sequences[0])
        mixed.append(fixture.sequences[0], task: 3)
        let both = try loaded.embed(mixed)
        #expect(both[0] == (try loaded.embed(RaggedBatch([fixture.sequences[0]])))[0])
        #expect(Array(both[1]) == Array(found[3 * fixture.sequences.count]))
    }
}
