// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

@Suite struct CPUModelTests {
    /// Of jina-bert's three heads: a table for each model, not for each of its blocks.
    @Test func keepsABiasThatLayersShareOnce() throws {
        var fixture = try ModelFixture("jina-bert")
        #expect(fixture.transformer.blocks.count > 1)
        let short = try fixture.load(isa: "scalar").weightByteCount
        fixture.transformer.maxPositions += 4096
        let long = try fixture.load(isa: "scalar").weightByteCount
        let table = 3 * 2 * 4096 * MemoryLayout<Float>.stride
        #expect(long - short <= table + 64)
    }

    @Test func embedsNothingToNothing() throws {
        let model = try ModelFixture("new-format").load(threads: 2)
        let vectors = try model.embed(RaggedBatch())
        #expect(vectors.count == 0)
        #expect(vectors.values.isEmpty)
        #expect(try model.hiddenStates(of: RaggedBatch()).isEmpty)
    }

    @Test(arguments: [1, 2])
    func poolsAnEmptySequenceToZerosBesideOthers(threads: Int) throws {
        let model = try ModelFixture("new-format").load(threads: threads)
        let alone = try model.embed(RaggedBatch([[2, 43, 3]]))
        let vectors = try model.embed(RaggedBatch([[], [2, 43, 3], []]))
        #expect(vectors[0].allSatisfy { $0 == 0 })
        #expect(Array(vectors[1]) == alone.values)
        #expect(vectors[2].allSatisfy { $0 == 0 })
    }

    @Test(arguments: [-1, 1_000_000] as [Int32])
    func refusesIDsOutsideTheVocabulary(id: Int32) throws {
        let fixture = try ModelFixture("new-format")
        let model = try fixture.load()
        let size = fixture.transformer.vocabularySize
        #expect(throws: DeviceError.tokenOutOfVocabulary(id: id, vocabularySize: size)) {
            try model.embed(RaggedBatch([[2, 3], [2, id, 3]]))
        }
    }

    /// Of MPNet's 160 rows of positions two are the padding token's and what stands before it.
    @Test(arguments: [("new-format", 160), ("mpnet", 158)])
    func refusesMoreTokensThanPositions(name: String, positions: Int) throws {
        let fixture = try ModelFixture(name)
        let model = try fixture.load()
        let limit = fixture.transformer.maxPositions
        #expect(limit == positions)
        let longest = [Int32](repeating: 5, count: limit)
        #expect(try model.embed(RaggedBatch([longest])).count == 1)
        #expect(throws: DeviceError.sequenceTooLong(tokens: limit + 1, limit: limit)) {
            try model.embed(RaggedBatch([longest + [5]]))
        }
    }

    /// One element of a vector or of a matrix, at its begin or its end.
    @Test(
        arguments: [
            ("new-format", "embeddings.word_embeddings.weight", 0),
            ("new-format", "encoder.layer.1.output.dense.weight", -1),
            ("new-format", "encoder.layer.0.attention.self.key.bias", 5),
            ("new-format", "encoder.layer.0.attention.self.query.weight", 7),
            // Of a bucket that no distance falls into.
            ("mpnet", "encoder.relative_attention_bias.weight", 16 * 3),
            ("electra-wide", "embeddings_project.weight", -1),
        ], [Float.nan, .infinity, -.infinity])
    func refusesWeightsThatAreNotFinite(
        tensor: (model: String, name: String, element: Int), value: Float
    ) throws {
        let source = Fixtures.path("Models/\(tensor.model)")
        let file = try Safetensors(path: "\(source)/model.safetensors", name: "model.safetensors")
        let tensors = file.tensors.values.map { original in
            let values = original.floats
            var changed = values
            if original.name == tensor.name {
                changed[tensor.element < 0 ? values.count + tensor.element : tensor.element] = value
            }
            return (name: original.name, shape: original.shape, values: changed)
        }
        try #require(tensors.contains { $0.name == tensor.name })
        let directory = try TemporaryDirectory()
        try directory.write(SafetensorsBuilder(tensors: tensors).bytes(), to: "model.safetensors")
        try directory.write(Fixtures.bytes("Models/\(tensor.model)/config.json"), to: "config.json")
        let transformer = try Architectures.transformer(in: ModelDirectory(path: directory.path))
        let head = Head(
            pooling: Pooling(modes: [.mean], includesPrompt: true), steps: [], dimension: transformer.hiddenSize)
        #expect(throws: DeviceError.nonFiniteWeight(tensor: tensor.name, file: "model.safetensors")) {
            try CPUDevice(threads: 2).load(transformer, head: head, weights: .float32)
        }
    }

    @Test func refusesUnknownKernels() throws {
        #expect(throws: DeviceError.self) { try CPUDevice(threads: 1, isa: "sse9") }
        let error = DeviceError.instructionSet("sse9", usable: ["avx2", "scalar"])
        #expect(error.description == "kernels \"sse9\" don't run on this processor; usable: avx2, scalar")
    }

    @Test func namesItselfByItsKernels() throws {
        let device = try CPUDevice(threads: 3, isa: "scalar")
        #expect(device.name == "cpu (scalar)")
        #expect(device.threads == 3)
        for type in WeightType.allCases { #expect(try device.measurePeak(for: type) > 0) }
    }

    /// Token 1's embedding has a sum that overflows; the others are computed beside it without harm, but nothing is
    /// answered.
    @Test(arguments: [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [PoolingMode.mean, .max, .lastToken])
    func neverAnswersWithWhatIsNotFinite(value: Float, mode: PoolingMode) throws {
        let directory = try TemporaryDirectory()
        let transformer = try TinyBERT.transformer(in: directory) { $0.replaceSubrange(4..<6, with: [value, value]) }
        let head = Head(pooling: Pooling(modes: [mode], includesPrompt: true), steps: [], dimension: 4)
        let model = try CPUDevice(threads: 1).load(transformer, head: head, weights: .float32)
        #expect(try model.embed(RaggedBatch([[0, 2]])).count == 1)
        #expect(throws: DeviceError.nonFiniteOutput(sequence: 1)) {
            try model.embed(RaggedBatch([[0, 2], [1], [2]]))
        }
        #expect(throws: DeviceError.nonFiniteOutput(sequence: 2)) {
            try model.hiddenStates(of: RaggedBatch([[0, 2], [2], [1]]))
        }
    }

    @Test(arguments: WeightType.allCases)
    func keepsSharedBlocksOnce(type: WeightType) throws {
        var fixture = try ModelFixture("albert")
        #expect(fixture.transformer.layers == [0, 0, 0])
        let byteCount = try fixture.load(weights: type).weightByteCount
        fixture.transformer.layers = [0]
        #expect(try fixture.load(weights: type).weightByteCount == byteCount)
    }

    @Test(arguments: WeightType.allCases)
    func sharesItsTransformerWithAnotherHead(type: WeightType) throws {
        let fixture = try ModelFixture("new-format")
        var other = fixture.head
        other.pooling.modes = [.cls]
        other.steps = [.normalize(Normalize())]
        let alone = try CPUDevice(threads: 2).load(fixture.transformer, head: other, weights: type)
        let model = try fixture.load(threads: 2, weights: type)
        let shared = try model.withHead(other)
        let batch = RaggedBatch(fixture.sequences)
        #expect(try shared.embed(batch).values == alone.embed(batch).values)
        #expect(try model.embed(batch).values == fixture.load(threads: 2, weights: type).embed(batch).values)
        // Pooling has no weights.
        #expect(shared.weightByteCount == 0)
        #expect(try shared.withHead(fixture.head).weightByteCount < alone.weightByteCount)
    }

    @Test func countsItsWeights() throws {
        let directory = try TemporaryDirectory()
        let model = try CPUDevice(threads: 1, isa: "scalar").load(
            TinyBERT.transformer(in: directory),
            head: Head(pooling: Pooling(modes: [.mean], includesPrompt: true), steps: [], dimension: 4),
            weights: .float32)
        #expect(model.hiddenSize == 4)
        #expect(model.dimension == 4)
        #expect(model.weightByteCount > 0)
    }
}

/// A BERT of one block: 4 components, 2 heads, 3 tokens, 3 positions.
enum TinyBERT {
    /// Writes the files and describes them; `change` may alter the table of token embeddings `[3, 4]`.
    static func transformer(
        in directory: TemporaryDirectory, change: (inout [Float]) -> Void = { _ in }
    ) throws -> Transformer {
        var tensors: [(name: String, shape: [Int], values: [Float])] = []
        func add(_ name: String, _ shape: [Int]) {
            let count = shape.reduce(1, *)
            tensors.append((name, shape, (0..<count).map { Float(($0 * 7 + tensors.count) % 11) / 11 - 0.4 }))
        }
        func addLinear(_ name: String, _ outputs: Int, _ inputs: Int) {
            add("\(name).weight", [outputs, inputs])
            add("\(name).bias", [outputs])
        }
        func addNorm(_ name: String) {
            add("\(name).weight", [4])
            add("\(name).bias", [4])
        }
        add("embeddings.word_embeddings.weight", [3, 4])
        change(&tensors[0].values)
        add("embeddings.position_embeddings.weight", [3, 4])
        add("embeddings.token_type_embeddings.weight", [2, 4])
        addNorm("embeddings.LayerNorm")
        for name in ["self.query", "self.key", "self.value", "output.dense"] {
            addLinear("encoder.layer.0.attention.\(name)", 4, 4)
        }
        addNorm("encoder.layer.0.attention.output.LayerNorm")
        addLinear("encoder.layer.0.intermediate.dense", 6, 4)
        addLinear("encoder.layer.0.output.dense", 4, 6)
        addNorm("encoder.layer.0.output.LayerNorm")
        try directory.write(SafetensorsBuilder(tensors: tensors).bytes(), to: "model.safetensors")
        let config = """
            {"model_type": "bert", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
             "intermediate_size": 6, "vocab_size": 3, "max_position_embeddings": 3}
            """
        try directory.write(config, to: "config.json")
        return try Architectures.transformer(in: ModelDirectory(path: directory.path))
    }
}
