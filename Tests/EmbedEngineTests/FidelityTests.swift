// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// How near narrow weights stay to float32: what is measured at loading, and what the reference says.
@Suite struct FidelityTests {
    @Test func isNotMeasuredForFloat32() throws {
        let model = try load(Fixtures.path("Models/new-format"), .float32)
        #expect(model.description.fidelity == nil)
        #expect(model.description.weightType == .float32)
        #expect(model.description.arithmetic == "float32")
    }

    @Test(arguments: ["new-format", "old-format", "dense", "prompts"], [WeightType.float16, .bfloat16])
    func isMeasuredWhileLoading(model: String, type: WeightType) throws {
        let description = try load(Fixtures.path("Models/\(model)"), type).description
        let fidelity = try #require(description.fidelity)
        #expect(description.weightType == type)
        #expect(fidelity.worstCosine <= fidelity.meanCosine)
        #expect(fidelity.worstCosine >= Fidelity.smallestCosine)
        #expect(fidelity.meanCosine < 1)
    }

    /// The first component of every state is 0, and its weights are so large that whole numbers have nothing left for
    /// the others.
    @Test func refusesWhatComesOutTooDifferent() throws {
        let directory = try TemporaryDirectory()
        let source = Fixtures.path("Models/new-format")
        let file = try Safetensors(path: "\(source)/model.safetensors", name: "model.safetensors")
        let readers = ["query.weight", "key.weight", "value.weight", "intermediate.dense.weight"]
        let tensors = file.tensors.values.map { tensor in
            var values = tensor.floats
            if tensor.name.contains("LayerNorm") { values[0] = 0 }
            if readers.contains(where: tensor.name.hasSuffix) {
                for first in stride(from: 0, to: values.count, by: tensor.shape[1]) { values[first] = 1000 }
            }
            return (name: tensor.name, shape: tensor.shape, values: values)
        }
        try directory.write(SafetensorsBuilder(tensors: tensors).bytes(), to: "model.safetensors")
        for name in ["config.json", "tokenizer.json"] {
            try directory.write(Fixtures.bytes("Models/new-format/\(name)"), to: name)
        }
        #expect(try load(directory.path, .float32).description.fidelity == nil)
        let error = #expect(throws: ModelLoadError.self) { try load(directory.path, .int8) }
        guard case .fidelity(.int8, let fidelity) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fidelity.worstCosine < Fidelity.smallestCosine)
        #expect("\(try #require(error))".contains("int8 weights change this model's vectors too much"))
    }

    /// The real all-MiniLM-L6-v2 against sentence-transformers in float32, on 1,018 texts.
    @Test(arguments: [(WeightType.float16, 0.99999, 0.999999), (.bfloat16, 0.9998, 0.99997), (.int8, 0.99, 0.997)])
    func staysNearSentenceTransformers(type: WeightType, worst: Double, mean: Double) throws {
        let expected = try ExpectedVectors("Parity", texts: "texts.json", vectors: "vectors")
        let model = try load(Fixtures.miniLM(), type)
        let inputs = try expected.texts.map { try model.prepare(.text($0)) }
        let found = try model.embed(inputs)
        let size = model.description.dimension
        #expect(found.count == expected.vectors.count)
        let cosines = stride(from: 0, to: found.count, by: size).map { start in
            cosine(found[start..<start + size], expected.vectors[start..<start + size])
        }
        #expect(cosines.min() ?? 0 >= worst)
        #expect(cosines.reduce(0, +) / Double(cosines.count) >= mean)
        let fidelity = try #require(model.description.fidelity)
        #expect(fidelity.worstCosine >= worst)
    }

    private func load(_ path: String, _ type: WeightType) throws -> EmbeddingModel {
        try EmbeddingModel.load(
            from: ModelDirectory(path: path), on: CPUDevice(threads: 2), options: ModelOptions(weightType: type))
    }
}
