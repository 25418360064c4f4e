// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// Models with float16, bfloat16 and int8 weights, against what the reference computes in float32.
@Suite struct NarrowWeightsTests {
    /// Largest difference of a component that a type's rounding explains in models of 32 components; the sums are
    /// shorter, and so the errors larger, than in models of ordinary size.
    private static let tolerances: [(weights: WeightType, vectors: Float)] = [
        (.float16, 1e-3), (.bfloat16, 2e-2), (.int8, 5e-2),
    ]

    @Test(
        arguments: [
            "new-format", "odd-sizes", "dense", "float16", "bfloat16", "distilbert", "roberta", "electra", "albert",
            "mpnet", "nomic-bert", "jina-bert", "gte",
        ], tolerances)
    func staysNearTheReference(model: String, type: (weights: WeightType, vectors: Float)) throws {
        let fixture = try ModelFixture(model)
        let expected = try fixture.expected("vectors")
        for isa in ModelFixture.usableISAs {
            let loaded = try fixture.load(threads: 2, isa: isa, weights: type.weights)
            let found = try loaded.embed(RaggedBatch(fixture.sequences)).values
            let difference = largestDifference(found, expected)
            #expect(difference <= type.vectors, "\(isa)")
            #expect(difference > 0, "\(isa): are these the narrow weights?")
        }
    }

    @Test func takesLessMemoryTheNarrowerTheWeights() throws {
        let fixture = try ModelFixture("new-format")
        let sizes = try [.float32, .float16, .bfloat16, .int8].map { (type: WeightType) in
            try fixture.load(isa: "scalar", weights: type).weightByteCount
        }
        #expect(sizes[1] < sizes[0] && sizes[2] < sizes[0])
        #expect(sizes[3] < sizes[1])
    }

    /// float16 checkpoints hold nothing that float16 weights can't.
    @Test func keepsFloat16CheckpointsExactly() throws {
        let fixture = try ModelFixture("float16")
        let batch = RaggedBatch(fixture.sequences)
        let wide = try fixture.load(isa: "scalar").embed(batch)
        #expect(try fixture.load(isa: "scalar", weights: .float16).embed(batch) == wide)
    }

    @Test(
        arguments: [
            "new-format", "odd-sizes", "dense", "pooling", "layer-norm", "distilbert", "roberta", "electra",
            "electra-wide", "albert", "albert-groups", "mpnet", "nomic-bert-stretched", "nomic-bert-moe",
            "jina-bert-code", "gte-new",
        ], [1, 3])
    func computesTheSameBlockByBlock(model: String, threads: Int) throws {
        let fixture = try ModelFixture(model)
        let device = try CPUDevice(threads: threads)
        let batch = RaggedBatch(fixture.sequences)
        let streamed = try device.embedOnce(batch, fixture.transformer, head: fixture.head)
        #expect(try streamed == fixture.load(threads: threads).embed(batch))
    }

    /// 1e5 is more than float16's largest number, and every finite float32 but the very last fits into bfloat16.
    @Test(arguments: [(1e5 as Float, WeightType.float16), (.greatestFiniteMagnitude, .bfloat16)])
    func refusesWeightsThatTheTypeCanNotHold(value: Float, type: WeightType) throws {
        let directory = try TemporaryDirectory()
        let transformer = try TinyBERT.transformer(in: directory) { $0[5] = value }
        let head = Head(pooling: Pooling(modes: [.mean], includesPrompt: true), steps: [], dimension: 4)
        let device = try CPUDevice(threads: 2)
        let error = DeviceError.weightOutOfRange(
            tensor: "embeddings.word_embeddings.weight", file: "model.safetensors", type: type)
        #expect(throws: error) { try device.load(transformer, head: head, weights: type) }
        #expect(error.description.contains("use \(type == .float16 ? "bfloat16" : "float32")"))
    }
}
