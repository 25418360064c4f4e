// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// What is read from config.json and from the checkpoint's names for BERT's kin.
///
/// What is computed with it is compared with the reference in EmbedDevicesTests.
@Suite struct EncoderTests {
    private static let models = [
        (name: "distilbert", prefix: "distilbert.", architecture: "DistilBertModel", maxPositions: 160),
        (name: "roberta", prefix: "roberta.", architecture: "RobertaModel", maxPositions: 158),
        (name: "xlm-roberta", prefix: "roberta.", architecture: "XLMRobertaModel", maxPositions: 158),
        (name: "camembert", prefix: "roberta.", architecture: "CamembertModel", maxPositions: 158),
        (name: "electra", prefix: "electra.", architecture: "ElectraModel", maxPositions: 160),
        (name: "albert", prefix: "albert.", architecture: "AlbertModel", maxPositions: 160),
        (name: "mpnet", prefix: "mpnet.", architecture: "MPNetModel", maxPositions: 158),
    ]

    @Test(arguments: models, [false, true])
    func readsBareAndPrefixedCheckpoints(
        model: (name: String, prefix: String, architecture: String, maxPositions: Int), isPrefixed: Bool
    ) throws {
        let transformer = try transformer(
            model.name,
            renaming: { name in
                let bare = name.hasPrefix(model.prefix) ? String(name.dropFirst(model.prefix.count)) : name
                return isPrefixed ? model.prefix + bare : bare
            })
        #expect(transformer.architecture == model.architecture)
        #expect(transformer.maxPositions == model.maxPositions)
        #expect(transformer.embeddings.tokens.name.hasPrefix(model.prefix) == isPrefixed)
        // The tokenizer has 234 tokens.
        #expect(transformer.embeddings.vocabularySize == (transformer.hiddenSize == 36 ? 237 : 234))
    }

    @Test(arguments: [
        ("distilbert", #""activation": "gelu""#, #""activation": "quick_gelu""#, "activation is quick_gelu"),
        ("distilbert", #""n_heads": 3"#, #""n_heads": 5"#, "dim is 36; expected a multiple of n_heads (5)"),
        ("roberta", #""hidden_act": "gelu""#, #""hidden_act": "quick_gelu""#, "hidden_act is quick_gelu"),
        ("roberta", #""is_decoder": false"#, #""is_decoder": true"#, "is_decoder is true"),
        (
            "roberta", #""max_position_embeddings": 160"#, #""max_position_embeddings": 2"#,
            "max_position_embeddings is 2; expected at least 3"
        ),
        ("roberta", #""pad_token_id": 1"#, #""pad_token_id": -1"#, "pad_token_id is -1"),
        (
            "camembert", #""vocab_size""#, #""position_embedding_type": "relative_key", "vocab_size""#,
            "position_embedding_type is relative_key"
        ),
        ("electra", #""embedding_size": 20"#, #""embedding_size": 21"#, "shape [237, 20]; expected [237, 21]"),
        ("electra", #""hidden_act": "gelu""#, #""hidden_act": "mish""#, "hidden_act is mish"),
        ("albert", #""num_hidden_groups": 1"#, #""num_hidden_groups": 2"#, "albert_layer_groups.1."),
        ("albert", #""inner_group_num": 1"#, #""inner_group_num": 0"#, "inner_group_num is 0"),
        (
            "mpnet", #""relative_attention_num_buckets": 32"#, #""relative_attention_num_buckets": 64"#,
            "relative_attention_num_buckets is 64; expected 32"
        ),
    ])
    func refusesNamingTheKey(model: String, original: String, replacement: String, reason: String) throws {
        let error = #expect(throws: ModelFileError.self) {
            try transformer(model) { config in
                #expect(config.contains(original))
                return config.replacing(original, with: replacement)
            }
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test func takesBERTsNamesForDistilBERTsSizes() throws {
        let transformer = try transformer("distilbert") { config in
            config.replacing("\"dim\"", with: "\"hidden_size\"").replacing(
                "\"n_heads\"", with: "\"num_attention_heads\""
            )
            .replacing("\"n_layers\"", with: "\"num_hidden_layers\"")
        }
        #expect(transformer.hiddenSize == 36)
        #expect(transformer.blocks.count == 2)
        #expect(transformer.blocks[0].attention.heads == 3)
    }

    @Test func countsPositionsBehindThePaddingToken() throws {
        let transformer = try transformer("roberta") {
            $0.replacing("\"pad_token_id\": 1", with: "\"pad_token_id\": 7")
        }
        #expect(transformer.embeddings.paddingID == 7)
        #expect(transformer.maxPositions == 152)
    }

    @Test func projectsEmbeddingsOfAnotherSizeOnly() throws {
        #expect(try transformer("electra").embeddings.projection?.inputs == 20)
        // BERT's names are ELECTRA's.
        let plain = try transformer("new-format") {
            $0.replacing("\"model_type\": \"bert\"", with: "\"model_type\": \"electra\", \"embedding_size\": 32")
        }
        #expect(plain.architecture == "ElectraModel")
        #expect(plain.embeddings.projection == nil)
    }

    @Test func appliesTheBlocksOfAGroupOneAfterTheOther() throws {
        let transformer = try transformer("albert-groups")
        #expect(transformer.blocks.count == 4)
        #expect(transformer.layers == [0, 1, 0, 1, 0, 1, 2, 3, 2, 3])
    }

    @Test func countsTheOperationsOfSharedBlocksEachTime() throws {
        let transformer = try transformer("albert")
        #expect(transformer.blocks.count == 1)
        #expect(transformer.layers == [0, 0, 0])
        // The projection, and three times 4 products of 36 × 36, and 36 × 50 twice.
        #expect(transformer.operations.perToken == 2 * (12 * 36 + 3 * (4 * 36 * 36 + 2 * 36 * 50)))
        #expect(transformer.operations.perPair == [.full: 3 * 4 * 36])
    }

    /// What `relative_position_bucket` in Transformers' modeling_mpnet.py gives.
    @Test(arguments: [
        (-2000, 15), (-91, 15), (-90, 14), (-64, 14), (-63, 13), (-46, 13), (-32, 12), (-16, 10), (-12, 9), (-11, 8),
        (-8, 8), (-7, 7), (-1, 1), (0, 0), (1, 17), (7, 23), (8, 24), (11, 24), (12, 25), (15, 25), (16, 26), (31, 27),
        (32, 28), (45, 28), (63, 29), (64, 30), (90, 30), (91, 31), (128, 31), (2000, 31),
    ])
    func putsDistancesIntoTheReferencesBuckets(offset: Int, bucket: Int) throws {
        guard case .learned(let bias)? = try transformer("mpnet").blocks[1].attention.relativeBias else {
            Issue.record("MPNet learns its bias")
            return
        }
        #expect(bias.reach == 91)
        #expect(bias.bucket(offset: offset) == bucket)
    }

    /// Describes the fixture `model` with a changed config.json and other names of tensors.
    private func transformer(
        _ model: String, config change: (String) -> String = { $0 }, renaming rename: (String) -> String = { $0 }
    ) throws -> Transformer {
        let directory = try TemporaryDirectory()
        let config = String(decoding: try Fixtures.bytes("Models/\(model)/config.json"), as: UTF8.self)
        try directory.write(change(config), to: "config.json")
        let file = try Safetensors(path: Fixtures.path("Models/\(model)/model.safetensors"), name: "model.safetensors")
        let weights = file.tensors.values.filter { $0.elementType == .float32 }
        let builder = SafetensorsBuilder(tensors: weights.map { (rename($0.name), $0.shape, $0.floats) })
        try directory.write(builder.bytes(), to: "model.safetensors")
        return try Architectures.transformer(in: ModelDirectory(path: directory.path))
    }
}
