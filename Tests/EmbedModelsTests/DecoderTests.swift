// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// What is read from config.json and from the checkpoint's names for Llama's kin and ModernBERT.
///
/// What is computed with it is compared with the reference in EmbedDevicesTests.
@Suite struct DecoderTests {
    struct Model: Sendable, CustomTestStringConvertible {
        var name: String
        var architecture: String
        var heads = 4
        var keyValueHeads = 2
        var headSize = 10
        var masks: [AttentionMask]
        var testDescription: String { name }
    }

    private static let models = [
        Model(
            name: "modernbert", architecture: "ModernBertModel", heads: 3, keyValueHeads: 3, headSize: 8,
            masks: [.full, .around(64), .around(64), .full]),
        Model(
            name: "modernbert-masked-lm", architecture: "ModernBertModel", heads: 3, keyValueHeads: 3, headSize: 8,
            masks: [.full, .around(5), .full]),
        Model(name: "eurobert", architecture: "EuroBertModel", headSize: 6, masks: [.full, .full, .full]),
        Model(name: "qwen2", architecture: "Qwen2Model", headSize: 6, masks: [.causal, .last(9), .last(9)]),
        Model(
            name: "qwen2-bidirectional", architecture: "Qwen2Model", headSize: 6, masks: [.full, .full, .around(5)]),
        Model(name: "qwen3", architecture: "Qwen3Model", masks: [.causal, .causal, .causal]),
        Model(name: "qwen3-bidirectional", architecture: "Qwen3Model", masks: [.full, .full, .full]),
        Model(name: "qwen3-projected", architecture: "Qwen3Model", masks: [.full, .full]),
        Model(name: "mistral", architecture: "MistralModel", masks: [.last(7), .last(7), .last(7)]),
        Model(name: "llama", architecture: "LlamaModel", masks: [.causal, .causal, .causal]),
        Model(
            name: "llama-bidirectional", architecture: "LlamaBidirectionalModel", headSize: 6,
            masks: [.full, .full, .full]),
        Model(name: "gemma2", architecture: "Gemma2Model", masks: [.last(6), .causal, .last(6)]),
        Model(name: "gemma3", architecture: "Gemma3TextModel", masks: [.last(6), .causal, .last(6)]),
        Model(name: "embeddinggemma", architecture: "Gemma3TextModel", masks: [.around(5), .full]),
    ]

    @Test(arguments: models, [false, true])
    func readsBareAndPrefixedCheckpoints(model: Model, isPrefixed: Bool) throws {
        let transformer = try describedFixture(
            model.name,
            renaming: { name in
                let bare = name.hasPrefix("model.") ? String(name.dropFirst("model.".count)) : name
                // What is beside the model has no prefix.
                return isPrefixed && bare != "linear.weight" ? "model." + bare : bare
            })
        #expect(transformer.architecture == model.architecture)
        #expect(transformer.hiddenSize == 24)
        #expect(transformer.maxPositions == 168)
        #expect(transformer.embeddings?.tokens.name.hasPrefix("model.") == isPrefixed)
        #expect(transformer.blocks.map(\.attention.mask) == model.masks)
        for block in transformer.blocks {
            #expect(block.attention.heads == model.heads)
            #expect(block.attention.keyValueHeads == model.keyValueHeads)
            #expect(block.attention.headSize == model.headSize)
            #expect(block.attention.rotary?.size == model.headSize)
        }
    }

    /// Configurations of Transformers 4 and 5 that say the same.
    @Test(arguments: [
        ("qwen2", #""use_sliding_window": true"#, #""use_sliding_window": false, "layer_types": null"#, 0),
        (
            "qwen2", #""max_window_layers": 1"#,
            #""layer_types": ["full_attention", "sliding_attention", "sliding_attention"]"#, 2
        ),
        ("qwen2", #""rope_theta": 1000000.0"#, #""rope_parameters": {"rope_theta": 1e6, "rope_type": "default"}"#, 2),
        ("mistral", #""sliding_window": 7"#, #""sliding_window": null"#, 0),
        ("mistral", #""rope_theta": 10000.0"#, #""rope_scaling": null"#, 3),
        ("gemma3", #""sliding_window_pattern": 2"#, #""sliding_window_pattern": 4"#, 3),
        (
            "gemma3", #""sliding_window_pattern": 2"#,
            #""layer_types": ["sliding_attention", "full_attention", "sliding_attention"]"#, 2
        ),
        ("gemma2", #""sliding_window": 6"#, #""layer_types": null, "sliding_window": 6"#, 2),
        ("modernbert-masked-lm", #""global_attn_every_n_layers": 2"#, #""global_attn_every_n_layers": 3"#, 2),
        ("modernbert-masked-lm", #""local_attention": 11"#, #""sliding_window": 5"#, 1),
    ])
    func readsBothSpellings(model: String, original: String, replacement: String, sliding: Int) throws {
        let before = try describedFixture(model)
        let after = try describedFixture(model) { config in
            #expect(config.contains(original))
            return config.replacing(original, with: replacement)
        }
        let masks = after.blocks.map(\.attention.mask)
        #expect(masks.count { $0.before != nil } == sliding)
        // Where no other layers slide than before, nothing has changed at all.
        if masks == before.blocks.map(\.attention.mask) {
            #expect(after.blocks.map(\.attention.rotary) == before.blocks.map(\.attention.rotary))
        }
    }

    @Test func hasAsManyKeyValueHeadsAsTheConfigurationClassSays() throws {
        func error(_ model: String, _ replacement: String) throws -> String {
            let error = #expect(throws: ModelFileError.self) {
                try describedFixture(model) { $0.replacing(#""num_key_value_heads": 2,"#, with: replacement) }
            }
            return error?.description ?? ""
        }
        // 32 in Qwen, 8 in Mistral, as many as heads in Llama, and where it is null.
        #expect(try error("qwen2", "").contains("is 4; expected a multiple of num_key_value_heads (32)"))
        #expect(try error("mistral", "").contains("num_key_value_heads (8)"))
        #expect(try error("llama", "").contains("shape [20, 24]; expected [40, 24]"))
        #expect(try error("qwen2", #""num_key_value_heads": null,"#).contains("shape [12, 24]; expected [24, 24]"))
    }

    @Test func attendsToBothSidesAsPerplexitysModels() throws {
        let transformer = try describedFixture("qwen3") { config in
            config.replacing(#""model_type": "qwen3""#, with: #""model_type": "bidirectional_pplx_qwen3""#)
                .replacing(#""use_cache""#, with: #""auto_map": {"AutoModel": "modeling.PPLXQwen3Model"}, "use_cache""#)
        }
        #expect(transformer.blocks.allSatisfy { $0.attention.mask == .full })
    }

    /// The code may stand in another repository.
    @Test func knowsAModelsOwnCodeWhereverItStands() throws {
        let transformer = try describedFixture("eurobert") {
            $0.replacing("modeling_eurobert.Euro", with: "EuroBERT/EuroBERT-210m--modeling_eurobert.Euro")
        }
        #expect(transformer.architecture == "EuroBertModel")
    }

    @Test func projectsThePooledVectorInsteadOfEachHiddenState() throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/qwen3-projected"))
        var config = try SentenceTransformersConfig(in: directory).standardPipeline
        let transformer = try describedFixture("qwen3-projected")
        #expect(transformer.projection?.outputs == 32)
        var head = try Head(config, for: transformer, in: directory)
        #expect(head.dimension == 32)
        #expect(head.steps.count == 2)
        #expect(throws: ModelFileError.self) { try head.replacePooling(.max, for: transformer) }
        try head.replacePooling(.lastToken, for: transformer)
        #expect(head.dimension == 32)
        for modes in [[PoolingMode.max], [.cls, .mean]] {
            config.modules = [.pooling(modes: modes, dimension: nil, includesPrompt: true)]
            let error = #expect(throws: ModelFileError.self) { try Head(config, for: transformer, in: directory) }
            #expect(error?.description.contains("the model projects its hidden states") == true)
        }
    }

    @Test func scalesAndCapsAsGemma() throws {
        let gemma2 = try describedFixture("gemma2")
        #expect(gemma2.embeddings?.scale == Float(24).squareRoot())
        #expect(gemma2.blocks[0].attention.scale == Float(1 / 7.0.squareRoot()))
        #expect(gemma2.blocks[0].attention.scoreCap == 1.5)
        #expect(gemma2.finalNorm?.kind == .rootMeanSquare(weightOffset: 1))
        #expect(gemma2.blocks[0].attentionNorms.output != nil)
        #expect(
            try describedFixture("gemma2") { $0.replacing("1.5", with: "null") }.blocks[0].attention.scoreCap == nil)
        let missing = try describedFixture("gemma2") { $0.replacing(#""attn_logit_softcapping": 1.5,"#, with: "") }
        #expect(missing.blocks[0].attention.scoreCap == 50)
    }

    @Test func gatesWithModernBERTsFirstHalf() throws {
        let transformer = try describedFixture("modernbert")
        guard case .one(let network) = transformer.blocks[0].feedForward else {
            Issue.record("one network expected")
            return
        }
        let whole = try fixture("modernbert")["layers.0.mlp.Wi.weight"]
        #expect(network.gate?.weight.floats == whole.map { Array($0.floats.prefix(20 * 24)) })
        #expect(network.up.weight.floats == whole.map { Array($0.floats.suffix(20 * 24)) })
        #expect(transformer.blocks.map { $0.attentionNorms.input == nil } == [true, false, false, false])
    }

    @Test(arguments: [
        ("qwen2", #""hidden_act": "silu""#, #""hidden_act": "mish""#, "hidden_act is mish"),
        (
            "qwen2", #""max_window_layers": 1"#, #""layer_types": ["full_attention", "chunked_attention", "x"]"#,
            "layer_types is"
        ),
        ("qwen2", #""max_window_layers": 1"#, #""layer_types": ["full_attention"]"#, "for each of 3 layers"),
        (
            "qwen2", #""use_sliding_window": true"#,
            #""layer_types": ["sliding_attention", "full_attention", "full_attention"]"#,
            "layer_types is sliding_attention; expected none without use_sliding_window"
        ),
        ("qwen2", #""sliding_window": 9"#, #""sliding_window": 0"#, "sliding_window is 0"),
        (
            "qwen2", #""num_attention_heads": 4"#, #""num_attention_heads": 10"#,
            "hidden_size is 24; expected a multiple"
        ),
        (
            "qwen2", #""use_cache""#, #""auto_map": {"AutoModel": "x.Qwen2Model"}, "use_cache""#,
            "auto_map.AutoModel is x."
        ),
        (
            "qwen2-bidirectional", #""is_causal": false"#, #""is_decoder": false"#,
            "is_causal is missing; expected true or false beside auto_map"
        ),
        ("qwen3-projected", #""num_labels": 32"#, #""num_labels": 31"#, "shape [32, 24]; expected [31, 24]"),
        ("qwen2", #""vocab_size": 341"#, #""vocab_size": 340"#, "shape [341, 24]; expected [340, 24]"),
        (
            "qwen3", #""use_cache""#, #""use_bidirectional_attention": true, "use_cache""#,
            "use_bidirectional_attention is true"
        ),
        ("qwen3", #""use_cache""#, #""is_causal": "no", "use_cache""#, "is_causal is no; expected true or false"),
        ("qwen3", #""use_cache""#, #""partial_rotary_factor": 0.8, "use_cache""#, "partial_rotary_factor is 8 of 10"),
        ("qwen3", #""head_dim": 10"#, #""head_dim": 9"#, "the rotary positions' size is 9 components"),
        (
            "llama", #""num_hidden_layers": 3"#, #""num_hidden_layers": 4"#,
            "layers.3.post_attention_layernorm.weight\" is"
        ),
        ("llama", #""mlp_bias": true"#, #""mlp_bias": 1"#, "mlp_bias is 1; expected true or false"),
        (
            "gemma2", #""use_bidirectional_attention": null"#, #""use_bidirectional_attention": true"#,
            "use_bidirectional_attention is true"
        ),
        ("gemma2", #""attn_logit_softcapping": 1.5"#, #""attn_logit_softcapping": 0"#, "attn_logit_softcapping is 0"),
        ("gemma2", #""sliding_window": 6"#, #""sliding_window": null"#, "sliding_window is null; expected a number"),
        (
            "gemma3", #""attn_logit_softcapping": null"#, #""attn_logit_softcapping": 50.0"#,
            "attn_logit_softcapping is a number; expected null"
        ),
        ("gemma3", #""query_pre_attn_scalar": 7"#, #""query_pre_attn_scalar": 0"#, "query_pre_attn_scalar is 0"),
        (
            "embeddinggemma", #""use_cache""#, #""is_causal": false, "use_cache""#,
            "is_causal is false; expected none beside use_bidirectional_attention"
        ),
        ("modernbert", #""local_attention": 128"#, #""local_attention": -1"#, "local_attention is -1"),
        (
            "modernbert-masked-lm", #""local_rope_theta": 100.0"#, #""local_rope_theta": null"#,
            "local_rope_theta is null"
        ),
        (
            "modernbert", #""hidden_activation": "gelu""#, #""hidden_activation": "mish""#,
            "hidden_activation is mish"
        ),
    ])
    func refusesNamingTheKey(model: String, original: String, replacement: String, reason: String) {
        expectRefusal(of: model, replacing: original, with: replacement, reason: reason)
    }

    private func fixture(_ model: String) throws -> [String: Tensor] {
        try Safetensors(path: Fixtures.path("Models/\(model)/model.safetensors"), name: "model.safetensors").tensors
    }
}

extension AttentionMask {
    /// So many tokens on each side.
    fileprivate static func around(_ reach: Int) -> AttentionMask { AttentionMask(before: reach, after: reach) }

    /// The last `count` tokens, itself included.
    fileprivate static func last(_ count: Int) -> AttentionMask { AttentionMask(before: count - 1, after: 0) }
}
