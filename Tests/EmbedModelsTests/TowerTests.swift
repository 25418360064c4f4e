// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// What is read from config.json and from the checkpoint's names for models of texts and images.
///
/// What is computed with it is compared with the reference in EmbedDevicesTests.
@Suite struct TowerTests {
    /// A copy of the fixture `model` with a changed config.json and other files beside it.
    private struct Copy {
        let directory: TemporaryDirectory
        let model: ModelDirectory

        init(_ name: String, files: [String: String] = [:], config change: (String) -> String = { $0 }) throws {
            directory = try TemporaryDirectory()
            let source = Fixtures.path("ImageModels/\(name)")
            let present = try ModelDirectory(path: source)
            let folder = present.contains("config.json") ? "" : "0_CLIPModel/"
            for file in ["config.json", "model.safetensors", "pytorch_model.bin"]
            where present.contains(folder + file) {
                let bytes = try Fixtures.bytes("ImageModels/\(name)/\(folder)\(file)")
                let text = file == "config.json" ? Array(change(String(decoding: bytes, as: UTF8.self)).utf8) : bytes
                try directory.write(text, to: file)
            }
            for (file, text) in files { try directory.write(text, to: file) }
            model = try ModelDirectory(path: directory.path)
        }

        func texts() throws -> Transformer { try Architectures.transformer(in: model) }
        func images() throws -> ImageTower { try #require(try Architectures.imageTower(in: model)) }
        func pipeline() throws -> SentenceTransformersConfig.Pipeline {
            try SentenceTransformersConfig(in: model).standardPipeline
        }
    }

    @Test func describesBothOfCLIPsTowers() throws {
        let copy = try Copy("clip")
        let (texts, tower) = (try copy.texts(), try copy.images())
        let images = tower.transformer
        #expect(texts.architecture == "CLIPModel" && images.architecture == "CLIPModel")
        #expect(texts.hiddenSize == 24 && images.hiddenSize == 40)
        #expect(texts.vocabularySize == 604 && images.vocabularySize == 0)
        #expect(texts.maxPositions == 24)
        #expect(texts.blocks.allSatisfy { $0.attention.mask == .causal })
        #expect(images.blocks.allSatisfy { $0.attention.mask == .full })
        #expect(texts.blocks.count == 2 && images.blocks.count == 3)
        #expect(texts.finalNorm != nil && images.finalNorm == nil)
        #expect(texts.head?.pooling.names == ["eos"] && tower.head.pooling.names == ["cls"])
        #expect(texts.head?.dimension == 20 && tower.head.dimension == 20)
        #expect(texts.head?.steps.count == 1 && tower.head.steps.count == 2)
        guard case .one(let network) = images.blocks[0].feedForward else {
            Issue.record("CLIP has no experts")
            return
        }
        #expect(network.activation == .quickGelu)
        #expect(tower.patches.norm != nil && tower.patches.projection.bias == nil)
        #expect(tower.imageSize == 32 && tower.patchSize == 8)
        #expect(tower.patches.rows == 4 && tower.sequenceLength == 17 && images.maxPositions == 17)
    }

    @Test func describesBothOfSigLIPsTowers() throws {
        let copy = try Copy("siglip2")
        let (texts, tower) = (try copy.texts(), try copy.images())
        #expect(texts.architecture == "SiglipModel")
        #expect(texts.maxPositions == 64)
        #expect(texts.blocks.allSatisfy { $0.attention.mask == .full })
        #expect(texts.head?.pooling.names == ["lasttoken"] && tower.head.pooling.names == ["attention"])
        #expect(texts.head?.dimension == 40 && tower.head.dimension == 40)
        #expect(tower.patches.classToken == nil && tower.patches.projection.bias != nil)
        #expect(tower.sequenceLength == 16)
        // Defaults of the towers' classes; 2 of 30 pixels are left over.
        let small = try Copy("siglip")
        #expect(try small.texts().maxPositions == 64)
        #expect(try small.images().patches.rows == 4 && small.images().imageSize == 30)
        #expect(try small.images().transformer.finalNorm?.epsilon == 1e-6)
    }

    /// What `text_config_dict` and `vision_config_dict` leave out has the class's default, whatever stands beside them.
    @Test func readsWhatOlderFilesSayTwice() throws {
        let old = try Copy("clip-old")
        #expect(try old.texts().hiddenSize == 24 && old.texts().blocks.count == 2)
        #expect(try old.images().transformer.hiddenSize == 40)
        guard case .largestID? = try old.texts().head?.pooling.own else {
            Issue.record("the end is the largest id where config.json says 2")
            return
        }
        let unsaid = try Copy("clip-old") { $0.replacing("\"eos_token_id\": 2", with: "\"other\": 2") }
        guard case .firstToken(49_407)? = try unsaid.texts().head?.pooling.own else {
            Issue.record("603 stands in text_config, which doesn't count")
            return
        }
        #expect(throws: ModelFileError.self) {
            try Copy("clip-old") { $0.replacing("\"text_config_dict\"", with: "\"other\"") }.texts()
        }
    }

    @Test func countsTheOperationsOfAnImage() throws {
        let images = try Copy("clip").images().transformer
        let operations = images.operations
        // 16 patches of 192 numbers, three times 4 products of 40 × 40, and 40 × 72 twice.
        #expect(operations.perSequence == 2 * 16 * 192 * 40)
        #expect(operations.perToken == 2 * 3 * (4 * 40 * 40 + 2 * 40 * 72))
        #expect(operations.perPair == [.full: 3 * 4 * 40])
        #expect(operations.products(length: 17) == Double(17 * operations.perToken + operations.perSequence))
    }

    @Test func aModelOfTextsHasNoImageTower() throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/new-format"))
        #expect(try Architectures.imageTower(in: directory) == nil)
        let lookup = try ModelDirectory(path: Fixtures.path("Models/static-embedding"))
        let pipeline = try SentenceTransformersConfig(in: lookup).standardPipeline
        #expect(try Architectures.imageTower(in: lookup, pipeline) == nil)
    }

    @Test func whatFollowsInModulesJSONIsForBothTowers() throws {
        let modules = """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.CLIPModel"},
             {"idx":1,"name":"1","path":"1_Normalize","type":"sentence_transformers.models.Normalize"}]
            """
        let copy = try Copy("clip", files: ["modules.json": modules])
        let head = try Head(copy.pipeline(), for: copy.texts(), in: copy.model)
        #expect(head.isNormalized && head.steps.count == 2 && head.dimension == 20)
        let tower = try #require(try Architectures.imageTower(in: copy.model, copy.pipeline()))
        #expect(tower.head.isNormalized && tower.head.steps.count == 3)
        // The towers by themselves.
        #expect(try !copy.images().head.isNormalized)
    }

    @Test(arguments: TinyImageModels.names)
    func poolsByItselfWithoutModules(model: String) throws {
        let copy = try Copy(model)
        let texts = try copy.texts()
        let head = try Head(copy.pipeline(), for: texts, in: copy.model)
        #expect(head.pooling.names == texts.head?.pooling.names)
        #expect(head.dimension == texts.head?.dimension)
    }

    @Test func refusesToPoolTwice() throws {
        let modules = """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
             {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]
            """
        let copy = try Copy(
            "clip", files: ["modules.json": modules, "1_Pooling/config.json": #"{"embedding_dimension":24}"#])
        let error = #expect(throws: ModelFileError.self) {
            try Head(copy.pipeline(), for: copy.texts(), in: copy.model)
        }
        #expect(error?.description.contains("CLIPModel pools itself") == true)
    }

    @Test func refusesVectorsOfAModelThatGivesNone() throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/new-format"))
        let transformer = try Architectures.transformer(in: directory)
        var pipeline = try SentenceTransformersConfig(in: directory).standardPipeline
        pipeline.givesVectors = true
        let error = #expect(throws: ModelFileError.self) { try Head(pipeline, for: transformer, in: directory) }
        #expect(error?.description.contains("BertModel pools nothing itself") == true)
    }

    @Test(arguments: [
        ("clip", #""model_type": "clip","#, #""model_type": "siglip2","#, "model_type is siglip2; expected"),
        ("clip", #""hidden_act": "quick_gelu""#, #""hidden_act": "mish""#, "text_config: hidden_act is mish"),
        ("clip", #""eos_token_id": 603"#, #""eos_token_id": [603]"#, "text_config: eos_token_id is"),
        ("clip", #""eos_token_id": 603"#, #""eos_token_id": -1"#, "text_config: eos_token_id is -1"),
        ("clip", #""projection_dim": 20,"#, #""projection_dim": 21,"#, "shape [20, 24]; expected [21, 24]"),
        ("clip", #""num_channels": 3"#, #""num_channels": 1"#, "vision_config: num_channels is 1; expected 3"),
        ("clip", #""patch_size": 8"#, #""patch_size": 64"#, "patch_size is 64; expected at most image_size, 32"),
        ("clip", #""patch_size": 8"#, #""patch_size": 0"#, "patch_size is 0"),
        ("clip", #""image_size": 32"#, #""image_size": 40"#, "shape [17, 40]; expected [26, 40]"),
        ("clip", #""image_size": 32"#, #""image_size": [32, 32]"#, "vision_config: image_size is [32, 32]"),
        ("clip", #""vision_config": {"#, #""vision_config": 1, "other": {"#, "vision_config is a number"),
        ("siglip", #""patch_size": 7"#, #""vision_use_head": false, "patch_size": 7"#, "vision_use_head is false"),
        ("siglip2", #""projection_size": 40"#, #""projection_size": 39"#, "shape [40, 24]; expected [39, 24]"),
    ])
    func refusesNamingTheKey(model: String, original: String, replacement: String, reason: String) throws {
        let copy = try Copy(model) { config in
            #expect(config.contains(original))
            return config.replacing(original, with: replacement)
        }
        let error = #expect(throws: ModelFileError.self) {
            _ = try copy.texts()
            _ = try copy.images()
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
}
