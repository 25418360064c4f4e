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
        let modules = """
            [{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"x.Pooling"}]
            """
        let config = try config(["modules.json": modules, "1_Pooling/config.json": pooling])
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

    @Test func ignoresTransformersPlaceholderForNoLength() throws {
        let length = try config(["tokenizer_config.json": #"{"model_max_length":1000000000000000019884624838656}"#])
        #expect(length.standardPipeline.maxSequenceLength == nil)
    }

    @Test(
        arguments: [
            (["modules.json": "{}"], "a list of 1 to 16 modules"),
            (["modules.json": #"[{"path":"","type":"a.Pooling"}]"#], "Transformer first"),
            (
                ["modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"../x","type":"a.Pooling"}]"#],
                "inside the model's directory"
            ),
            (
                ["modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"1","type":"a.WordWeights"}]"#],
                "WordWeights"
            ),
            (
                ["modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"","type":"a.Normalize"}]"#],
                "Pooling after Transformer"
            ),
            (
                ["modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"1","type":"a.Pooling"}]"#],
                "1/config.json is missing"
            ),
            (
                [
                    "modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"1","type":"a.Pooling"}]"#,
                    "1/config.json": #"{"embedding_dimension":8,"pooling_mode":"median"}"#,
                ], "pooling_mode is"
            ),
            (
                [
                    "modules.json": #"[{"path":"","type":"a.Transformer"},{"path":"1","type":"a.Pooling"}]"#,
                    "1/config.json": #"{"embedding_dimension":"8"}"#,
                ], "an integer from 1"
            ),
            (["sentence_bert_config.json": #"{"max_seq_length":0}"#], "max_seq_length is 0"),
            (["config_sentence_transformers.json": #"{"default_prompt_name":"query"}"#], "a name in prompts"),
            (["modules.json": "[1,]"], "not valid JSON"),
        ] as [([String: String], String)])
    func refusesNamingFileAndKey(files: [String: String], reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try config(files) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    private func config(_ files: [String: String]) throws -> SentenceTransformersConfig {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(text, to: name) }
        return try SentenceTransformersConfig(in: ModelDirectory(path: directory.path))
    }
}
