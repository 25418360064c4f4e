// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTestSupport
import Testing

@Suite struct SentenceTransformersConfigTests {
    private static let oldModules = """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
         {"idx":2,"name":"2","path":"2_Dense","type":"sentence_transformers.models.Dense"},
         {"idx":3,"name":"3","path":"3_Normalize","type":"sentence_transformers.models.Normalize"}]
        """
    private static let newModules = """
        [{"idx":0,"name":"0","path":"","type":"sentence_transformers.base.modules.transformer.Transformer"},
         {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
         {"idx":2,"name":"2","path":"2_Dense","type":"sentence_transformers.base.modules.dense.Dense"},
         {"idx":3,"name":"3","path":"3_Normalize","type":"sentence_transformers.base.modules.normalize.Normalize"}]
        """
    private static let dense =
        #"{"in_features":8,"out_features":4,"bias":true,"activation_function":"torch.nn.modules.activation.Tanh"}"#

    @Test func readsOldAndNewSpellingsAlike() throws {
        let old = try config([
            "modules.json": Self.oldModules, "2_Dense/config.json": Self.dense,
            "1_Pooling/config.json":
                #"{"word_embedding_dimension":8,"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true}"#,
            "sentence_bert_config.json": #"{"max_seq_length":256,"do_lower_case":false}"#,
        ])
        let new = try config([
            "modules.json": Self.newModules, "2_Dense/config.json": Self.dense,
            "1_Pooling/config.json": #"{"embedding_dimension":8,"pooling_mode":"mean","include_prompt":true}"#,
            "sentence_bert_config.json": #"{"transformer_task":"feature-extraction","modality_config":{}}"#,
            "tokenizer_config.json": #"{"model_max_length":256}"#,
        ])
        #expect(old.standardPipeline.modules == new.standardPipeline.modules)
        #expect(old.standardPipeline.maxSequenceLength == 256)
        #expect(new.standardPipeline.maxSequenceLength == 256)
        #expect(
            old.standardPipeline.modules == [
                .pooling(modes: [.mean], dimension: 8, includesPrompt: true),
                .dense(
                    inputs: 8, outputs: 4, hasBias: true, activation: "torch.nn.modules.activation.Tanh",
                    folder: "2_Dense"),
                .normalize,
            ])
    }

    @Test(arguments: [
        (
            #"{"word_embedding_dimension":8,"pooling_mode_lasttoken":true,"pooling_mode_cls_token":true,"pooling_mode_max_tokens":true}"#,
            [PoolingMode.cls, .max, .lastToken]
        ),
        (#"{"word_embedding_dimension":8}"#, [.mean]),
        (#"{"embedding_dimension":8,"pooling_mode":["weightedmean","cls"]}"#, [.weightedMean, .cls]),
        (#"{"embedding_dimension":8,"pooling_mode":"mean_sqrt_len_tokens"}"#, [.meanSquareRootLength]),
    ])
    func keepsTheOrderOfSeveralPoolingModes(pooling: String, modes: [PoolingMode]) throws {
        let config = try config([
            "modules.json": Self.modules(("", "Transformer"), ("1_Pooling", "Pooling")),
            "1_Pooling/config.json": pooling,
        ])
        #expect(config.standardPipeline.modules == [.pooling(modes: modes, dimension: 8, includesPrompt: true)])
    }

    @Test func readsPromptsAndSimilarity() throws {
        let config = try config([
            "config_sentence_transformers.json":
                #"{"prompts":{"query":"query: ","document":""},"default_prompt_name":"query","similarity_fn_name":"dot"}"#
        ])
        #expect(config.prompts == ["query": "query: ", "document": ""])
        #expect(config.defaultPromptName == "query")
        #expect(config.similarityFunction == "dot")
    }

    @Test func poolsByTheMeanWithoutModules() throws {
        #expect(
            try config([:]).standardPipeline.modules == [.pooling(modes: [.mean], dimension: nil, includesPrompt: true)]
        )
    }

    @Test func readsModelsOfTextsAndImagesInOldAndNewSpellings() throws {
        let old = try config(["modules.json": Self.modules(("0_CLIPModel", "CLIPModel"), ("1", "Normalize"))])
        #expect(old.standardPipeline.givesVectors)
        #expect(old.standardPipeline.transformerFolder == "0_CLIPModel")
        #expect(old.standardPipeline.modules == [.normalize])
        let new = try config([
            "modules.json": Self.modules(("", "Transformer")), "sentence_bert_config.json": Self.twoModalities,
            "tokenizer_config.json": #"{"model_max_length":77}"#,
        ])
        #expect(new.standardPipeline.givesVectors)
        #expect(new.standardPipeline.modules.isEmpty)
        #expect(new.standardPipeline.maxSequenceLength == 77)
        #expect(try !config([:]).standardPipeline.givesVectors)
    }

    private static let twoModalities = """
        {"modality_config":{"text":{"method":"get_text_features","method_output_name":"pooler_output"},
         "image":{"method":"get_image_features","method_output_name":"pooler_output"}},
         "module_output_name":"sentence_embedding"}
        """

    @Test func ignoresTransformersPlaceholderForNoLength() throws {
        let length = try config(["tokenizer_config.json": #"{"model_max_length":1000000000000000019884624838656}"#])
        #expect(length.standardPipeline.maxSequenceLength == nil)
    }

    @Test(
        arguments: [
            (["modules.json": "{}"], "a list of 1 to 16 modules"),
            (["modules.json": modules(("", "Pooling"))], "Transformer first"),
            (
                ["modules.json": modules(("", "Transformer"), ("../x", "Pooling"))],
                "inside the model's directory"
            ),
            (
                ["modules.json": modules(("", "Transformer"), ("1", "WordWeights"))],
                "WordWeights"
            ),
            (
                ["modules.json": modules(("", "Transformer"), ("", "Normalize"))],
                "Pooling after Transformer"
            ),
            (
                ["modules.json": modules(("", "CLIPModel"), ("", "CLIPModel"))],
                "CLIPModel, StaticEmbedding or Transformer first, and only first"
            ),
            (
                [
                    "modules.json": modules(("", "CLIPModel"), ("1", "Pooling")),
                    "1/config.json": #"{"embedding_dimension":8}"#,
                ], "the first module gives vectors"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer")),
                    "sentence_bert_config.json": #"{"module_output_name":"audio_embedding"}"#,
                ], "module_output_name is audio_embedding; expected token_embeddings or sentence_embedding"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer")),
                    "sentence_bert_config.json":
                        #"{"modality_config":{"text":{"method":"forward"}},"module_output_name":"sentence_embedding"}"#,
                ], "modality_config: text: method is forward; expected get_text_features"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer"), ("1", "Pooling"), ("1", "Pooling")),
                    "1/config.json": #"{"embedding_dimension":8}"#,
                ], "Pooling once, right after Transformer"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer"), ("1", "Pooling")),
                    "1/config.json":
                        #"{"embedding_dimension":8,"pooling_mode":["cls","cls","cls","cls","cls","cls","cls"]}"#,
                ], "pooling_mode is"
            ),
            (
                ["modules.json": modules(("", "Transformer"), ("1", "Pooling"))],
                "1/config.json is missing"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer"), ("1", "Pooling")),
                    "1/config.json": #"{"embedding_dimension":8,"pooling_mode":"median"}"#,
                ], "pooling_mode is"
            ),
            (
                [
                    "modules.json": modules(("", "Transformer"), ("1", "Pooling")),
                    "1/config.json": #"{"embedding_dimension":"8"}"#,
                ], "an integer from 1"
            ),
            (["sentence_bert_config.json": #"{"max_seq_length":0}"#], "max_seq_length is 0"),
            (["config_sentence_transformers.json": #"{"default_prompt_name":"query"}"#], "a name in prompts"),
            (["modules.json": "[1,]"], "not valid JSON"),
            (["modules.json": #"[{"path":"","type":"code.Transformer"}]"#], "type is code.Transformer"),
        ] as [([String: String], String)])
    func refusesNamingFileAndKey(files: [String: String], reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try config(files) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test func takesAModulesOwnCodeOnlyAroundTheClassItIsKnownFor() throws {
        let modules = Self.modules(("", "Transformer"), ("1", "Pooling"))
            .replacing("sentence_transformers.models.Transformer", with: "custom_st.Transformer")
        func read(_ remoteClass: String) throws -> SentenceTransformersConfig {
            try config([
                "modules.json": modules, "1/config.json": #"{"embedding_dimension":8}"#,
                "config.json": #"{"auto_map":{"AutoModel":"\#(remoteClass)"}}"#,
            ])
        }
        #expect(try read("jinaai/code--modeling_lora.XLMRobertaLoRA").standardPipeline.modules.count == 1)
        let error = #expect(throws: ModelFileError.self) { try read("modeling_other.OtherModel") }
        #expect(error?.description.contains("type is custom_st.Transformer; expected a module of") == true)
        #expect(throws: ModelFileError.self) { try config(["modules.json": modules]) }
    }

    /// modules.json with modules of sentence-transformers, each in a folder.
    private static func modules(_ modules: (folder: String, name: String)...) -> String {
        let lines = modules.map { #"{"path":"\#($0.folder)","type":"sentence_transformers.models.\#($0.name)"}"# }
        return "[\(lines.joined(separator: ","))]"
    }

    private func config(_ files: [String: String]) throws -> SentenceTransformersConfig {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(text, to: name) }
        return try SentenceTransformersConfig(in: ModelDirectory(path: directory.path))
    }
}
