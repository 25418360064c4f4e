// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// What static models have that others don't; their vectors are in ``ModelConformanceTests``.
@Suite struct StaticModelTests {
    @Test(arguments: [("static-embedding", 65_536), ("static-embedding-cut", 16), ("model2vec", 512)])
    func takesTheReferencesLength(name: String, limit: Int) throws {
        #expect(try Self.load(name).description.maxInputTokens == limit)
    }

    /// No token is left of it, and so no frame either.
    @Test(arguments: ["static-embedding", "static-embedding-cut", "model2vec", "model2vec-quantized"])
    func givesZerosForAnEmptyText(name: String) throws {
        let model = try Self.load(name)
        let input = try model.prepare(.text([]))
        #expect(input.tokenIDs.isEmpty)
        #expect(try model.embed([input]) == [Float](repeating: 0, count: model.description.dimension))
    }

    @Test func dropsUnknownTokensForModel2Vec() throws {
        let model = try Self.load("model2vec")
        let known = try model.prepare(.text(Array("the fox".utf8)))
        #expect(try model.prepare(.text(Array("the ☃ fox qqq".utf8))).tokenIDs == known.tokenIDs)
    }

    @Test(arguments: [
        ("modules.json", #"[{"type":"Normalize"}]"#, "StaticEmbedding or Transformer first"),
        ("config.json", #"{"model_type":"model2vec","max_length":"x"}"#, "max_length is x"),
        ("model.safetensors", "", "model.safetensors"),
    ])
    func refusesByName(file: String, content: String, reason: String) throws {
        let folder = try TemporaryDirectory()
        for name in ["config.json", "model.safetensors", "modules.json", "tokenizer.json"] {
            try folder.write(try Fixtures.bytes("Models/model2vec-quantized/\(name)"), to: name)
        }
        try folder.write(content, to: file)
        let error = #expect(throws: ModelLoadError.self) {
            try EmbeddingModel.load(from: ModelDirectory(path: folder.path), on: CPUDevice(threads: 1))
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    private static func load(_ name: String) throws -> EmbeddingModel {
        try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: CPUDevice(threads: 1))
    }
}
