// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

@Suite struct BERTTests {
    private static let config =
        #"{"model_type":"bert","hidden_size":4,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":6,"vocab_size":5,"max_position_embeddings":3}"#

    @Test(arguments: ["", "bert."])
    func readsBareAndPrefixedCheckpoints(prefix: String) throws {
        let transformer = try transformer(Self.config, prefix: prefix)
        #expect(transformer.architecture == "BertModel")
        #expect(transformer.hiddenSize == 4)
        #expect(transformer.maxPositions == 3)
        #expect(transformer.embeddings?.vocabularySize == 5)
        #expect(transformer.blocks.count == 1)
        #expect(transformer.blocks[0].attention.headSize == 2)
        guard case .one(let network) = transformer.blocks[0].feedForward else {
            Issue.record("BERT has one network in a block")
            return
        }
        #expect(network.activation == .gelu)
        #expect(network.up.weight.name == "\(prefix)encoder.layer.0.intermediate.dense.weight")
        // 2 × (4 products of 4 × 4, and 4 × 6 twice)
        #expect(transformer.operations.perToken == 2 * (4 * 16 + 2 * 24))
        #expect(transformer.operations.perPair == [.full: 16])
    }

    @Test(arguments: [
        ("\"model_type\":\"bert\"", "\"model_type\":\"gpt2\"", "model_type is gpt2; expected albert, bert,"),
        ("\"model_type\":\"bert\",", "", "model_type is missing"),
        ("\"hidden_size\":4", "\"hidden_size\":5", "hidden_size is 5; expected a multiple of num_attention_heads (2)"),
        ("\"hidden_size\":4", "\"hidden_size\":\"4\"", "expected an integer"),
        ("\"hidden_size\":4", "\"hidden_size\":8", "shape [5, 4]; expected [5, 8]"),
        (
            "\"num_hidden_layers\":1", "\"num_hidden_layers\":2",
            "encoder.layer.1.attention.self.query.weight\" is missing"
        ),
        ("\"model_type\"", "\"hidden_act\":\"mish\",\"model_type\"", "hidden_act is mish; expected gelu,"),
        (
            "\"model_type\"", "\"position_embedding_type\":\"relative_key\",\"model_type\"",
            "position_embedding_type is relative_key"
        ),
        ("\"model_type\"", "\"is_decoder\":true,\"model_type\"", "is_decoder is true"),
        (
            "\"model_type\"",
            "\"auto_map\":{\"AutoModel\":\"somebody/code--modeling_other.OtherModel\"},\"model_type\"",
            "auto_map.AutoModel is somebody/code--modeling_other.OtherModel; expected no code of the model's own, or"
        ),
        (
            "\"model_type\"", "\"auto_map\":{\"AutoModel\":[\"modeling.NewModel\"]},\"model_type\"",
            "AutoModel is [\"modeling.NewModel\"]; expected a string"
        ),
    ])
    func refusesNamingTheKey(original: String, replacement: String, reason: String) throws {
        let config = Self.config.replacing(original, with: replacement)
        #expect(config != Self.config)
        let error = #expect(throws: ModelFileError.self) { try transformer(config) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    private func transformer(_ config: String, prefix: String = "") throws -> Transformer {
        let directory = try TemporaryDirectory()
        try directory.write(config, to: "config.json")
        try directory.write(checkpoint(prefix: prefix), to: "model.safetensors")
        return try Architectures.transformer(in: ModelDirectory(path: directory.path))
    }

    /// All tensors of a model with 4 components, 1 layer, 6 intermediate, 5 tokens and 3 positions.
    private func checkpoint(prefix: String) -> [UInt8] {
        var shapes: [(String, [Int])] = [
            ("embeddings.word_embeddings.weight", [5, 4]), ("embeddings.position_embeddings.weight", [3, 4]),
            ("embeddings.token_type_embeddings.weight", [2, 4]), ("embeddings.LayerNorm.weight", [4]),
            ("embeddings.LayerNorm.bias", [4]),
        ]
        let layer = "encoder.layer.0"
        let linears: [(String, Int, Int)] = [
            ("attention.self.query", 4, 4), ("attention.self.key", 4, 4), ("attention.self.value", 4, 4),
            ("attention.output.dense", 4, 4), ("intermediate.dense", 6, 4), ("output.dense", 4, 6),
        ]
        for (name, outputs, inputs) in linears {
            shapes.append(("\(layer).\(name).weight", [outputs, inputs]))
            shapes.append(("\(layer).\(name).bias", [outputs]))
        }
        for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.append(("\(layer).\(norm).weight", [4]))
            shapes.append(("\(layer).\(norm).bias", [4]))
        }
        return SafetensorsBuilder(
            tensors: shapes.map { (prefix + $0.0, $0.1, Array(repeating: 0.5, count: $0.1.reduce(1, *))) }
        ).bytes()
    }
}
