// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedJSON
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// A tiny model of Tests/Fixtures/Models with what the reference computes for it.
struct ModelFixture {
    var transformer: Transformer
    var head: Head
    /// The token ids of each text.
    let sequences: [[Int32]]
    private let expected: Safetensors

    init(_ name: String) throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/\(name)"))
        let config = try SentenceTransformersConfig(in: directory).standardPipeline
        transformer = try Architectures.transformer(in: directory)
        head = try Head(config, for: transformer, in: directory)
        let json = try JSONDocument(
            parsing: Fixtures.bytes("Models/\(name)/expected.json"), limits: .init(depth: 8, byteCount: 1 << 20))
        sequences = try #require(json.root["token_ids"]?.elements).map { ids in
            try #require(ids.elements).map { Int32(try #require($0.int)) }
        }
        expected = try Safetensors(
            path: Fixtures.path("Models/\(name)/expected.safetensors"), name: "expected.safetensors")
    }

    /// The tensor `name` of expected.safetensors.
    func expected(_ name: String) throws -> [Float] {
        try #require(expected.tensors[name]).floats
    }

    /// The model on a new CPU device.
    func load(
        threads: Int = 1, isa: String? = nil, weights: WeightType = .float32
    ) throws -> any LoadedModel {
        try CPUDevice(threads: threads, isa: isa).load(transformer, head: head, weights: weights)
    }

    /// The instruction sets that run here.
    static let usableISAs = CPUDevice.instructionSets.filter(\.isUsable).map(\.isa)
}
