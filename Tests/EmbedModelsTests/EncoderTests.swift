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
        (name: "nomic-bert", prefix: "nomic_bert.", architecture: "NomicBertModel", maxPositions: 160),
        (name: "nomic-bert", prefix: "bert.", architecture: "NomicBertModel", maxPositions: 160),
        (name: "jina-bert", prefix: "bert.", architecture: "JinaBertModel", maxPositions: 160),
        (name: "gte", prefix: "gte.", architecture: "GteModel", maxPositions: 160),
        (name: "gte-new", prefix: "new.", architecture: "NewModel", maxPositions: 160),
        (name: "jina-embeddings-v3", prefix: "roberta.", architecture: "JinaEmbeddingsV3Model", maxPositions: 160),
    ]

    @Test(arguments: models, [false, true])
    func readsBareAndPrefixedCheckpoints(
        model: (name: String, prefix: String, architecture: String, maxPositions: Int), isPrefixed: Bool
    ) throws {
        let transformer = try describedFixture(
            model.name,
            renaming: { name in
                let bare = name.hasPrefix(model.prefix) ? String(name.dropFirst(model.prefix.count)) : name
                return isPrefixed ? model.prefix + bare : bare
            })
        #expect(transformer.architecture == model.architecture)
        #expect(transformer.maxPositions == model.maxPositions)
        #expect(transformer.embeddings?.tokens.name.hasPrefix(model.prefix) == isPrefixed)
        // The tokenizer has 234 tokens.
        #expect(transformer.embeddings?.vocabularySize == (transformer.hiddenSize == 36 ? 237 : 234))
    }

    @Test(arguments: [
        ("distilbert", #""activation": "gelu""#, #""activation": "mish""#, "activation is mish"),
        ("distilbert", #""n_heads": 3"#, #""n_heads": 5"#, "dim is 36; expected a multiple of n_heads (5)"),
        ("roberta", #""hidden_act": "gelu""#, #""hidden_act": "mish""#, "hidden_act is mish"),
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
        (
            "electra", #""layer_norm_eps": 1e-12"#, #""layer_norm_eps": -1"#,
            "layer_norm_eps is -1.0; expected a number from"
        ),
        (
            "nomic-bert", #""layer_norm_epsilon": 1e-12"#, #""layer_norm_epsilon": 1e300"#,
            "layer_norm_epsilon is 1e+300; expected a number from 0 to 1"
        ),
        (
            "nomic-bert", #""rotary_scaling_factor": null"#, #""rotary_scaling_factor": 1e300"#,
            "rotary_scaling_factor is 1e+300; expected a number above 0 in single precision"
        ),
        ("nomic-bert", #""n_head": 3"#, #""n_head": 5"#, "n_embd is 36; expected a multiple of n_head (5)"),
        ("nomic-bert", #""n_head": 3"#, #""n_head": 4"#, "n_embd is 36; expected an even number for each head"),
        ("nomic-bert", #""prenorm": false"#, #""prenorm": true"#, "prenorm is true; expected false"),
        ("nomic-bert", #""causal": false"#, #""causal": true"#, "causal is true; expected false"),
        (
            "nomic-bert", #""activation_function": "swiglu""#, #""activation_function": "glu""#,
            "activation_function is glu; expected swiglu, geglu, gelu"
        ),
        (
            "nomic-bert", #""rotary_emb_fraction": 1.0"#, #""rotary_emb_fraction": 0.5"#,
            "rotary_emb_fraction is 0.5; expected 1"
        ),
        ("nomic-bert", #""rotary_emb_base": 1000"#, #""rotary_emb_base": 1"#, "rotary_emb_base is 1.0"),
        (
            "nomic-bert", #""rotary_emb_scale_base": null"#, #""rotary_emb_scale_base": 512"#,
            "rotary_emb_scale_base is a number; expected null"
        ),
        (
            "nomic-bert", #""rotary_scaling_factor": null"#, #""rotary_scaling_factor": -2"#,
            "rotary_scaling_factor is -2.0; expected a number above 0"
        ),
        ("nomic-bert", #""qkv_proj_bias": false"#, #""qkv_proj_bias": true"#, "attn.Wqkv.bias\" is missing"),
        ("nomic-bert-moe", #""moe_top_k": 2"#, #""moe_top_k": 5"#, "expected an integer from 1 to 4"),
        (
            "nomic-bert-moe", #""moe_normalize_expert_weights": false"#, #""moe_normalize_expert_weights": true"#,
            "moe_normalize_expert_weights is true; expected false"
        ),
        (
            "nomic-bert-moe", #""expert_choice_router": false"#, #""expert_choice_router": true"#,
            "expert_choice_router is true; expected false"
        ),
        (
            "nomic-bert-moe", #""num_shared_experts": 0"#, #""num_shared_experts": 1"#,
            "num_shared_experts is 1; expected 0"
        ),
        (
            "nomic-bert-moe", #""moe_every_n_layers": 2"#, #""moe_every_n_layers": 3"#,
            "layers.3.mlp.fc1.weight\" is missing"
        ),
        (
            "nomic-bert-transformers", #""rope_type": "default""#, #""rope_type": "longrope""#,
            "rope_parameters: rope_type is longrope; expected default, linear, dynamic, yarn, llama3"
        ),
        ("nomic-bert-transformers", #""head_dim": 4"#, #""head_dim": 8"#, "head_dim is 8"),
        (
            "jina-bert", #""position_embedding_type": "alibi""#, #""position_embedding_type": "absolute""#,
            "position_embedding_type is absolute; expected alibi"
        ),
        (
            "jina-bert", #""feed_forward_type": "geglu""#, #""feed_forward_type": "reglu""#,
            "feed_forward_type is reglu; expected geglu"
        ),
        (
            "gte-new", #""layer_norm_type": "layer_norm""#, #""layer_norm_type": "rms_norm""#,
            "layer_norm_type is rms_norm; expected layer_norm"
        ),
        ("gte-new", #""pack_qkv": true"#, #""pack_qkv": false"#, "pack_qkv is false; expected true"),
        (
            "gte-new", #""logn_attention_scale": false"#, #""logn_attention_scale": true"#,
            "logn_attention_scale is true; expected false"
        ),
        ("gte-new", #""type": "ntk""#, #""mixed_b": 0.6, "type": "ntk""#, "rope_scaling: mixed_b is a number"),
        ("gte-new", #""factor": 8.0"#, #""factor": 0"#, "factor is 0.0; expected a number above 0"),
        (
            "gte-new", #""type": "ntk""#, #""partial_rotary_factor": 0.5, "type": "ntk""#,
            "partial_rotary_factor is 6 of 12 components"
        ),
        (
            "jina-embeddings-v3", #""position_embedding_type": "rotary""#, #""position_embedding_type": "absolute""#,
            "position_embedding_type is absolute; expected rotary"
        ),
        ("jina-embeddings-v3", #""lora_rank": 2"#, #""lora_rank": 4"#, "expected [5, 4, 36]"),
        (
            "jina-embeddings-v3", #""separation","#, #""text-matching","#,
            "expected 1 to 64 different names of tasks"
        ),
        ("jina-embeddings-v3", #""lora_adaptations""#, #""other""#, "lora_adaptations is missing"),
        (
            "jina-embeddings-v3", #""lora_alpha": 1"#, #""lora_alpha": 0"#,
            "lora_alpha is 0.0; expected a number above 0"
        ),
    ])
    func refusesNamingTheKey(model: String, original: String, replacement: String, reason: String) {
        expectRefusal(of: model, replacing: original, with: replacement, reason: reason)
    }

    @Test func takesBERTsNamesForDistilBERTsSizes() throws {
        let transformer = try describedFixture("distilbert") { config in
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
        let transformer = try describedFixture("roberta") {
            $0.replacing("\"pad_token_id\": 1", with: "\"pad_token_id\": 7")
        }
        #expect(transformer.embeddings?.paddingID == 7)
        #expect(transformer.maxPositions == 152)
    }

    @Test func projectsEmbeddingsOfAnotherSizeOnly() throws {
        #expect(try describedFixture("electra").embeddings?.projection?.inputs == 20)
        // BERT's names are ELECTRA's.
        let plain = try describedFixture("new-format") {
            $0.replacing("\"model_type\": \"bert\"", with: "\"model_type\": \"electra\", \"embedding_size\": 32")
        }
        #expect(plain.architecture == "ElectraModel")
        #expect(plain.embeddings?.projection == nil)
    }

    @Test func appliesTheBlocksOfAGroupOneAfterTheOther() throws {
        let transformer = try describedFixture("albert-groups")
        #expect(transformer.blocks.count == 4)
        #expect(transformer.layers == [0, 1, 0, 1, 0, 1, 2, 3, 2, 3])
    }

    @Test func countsTheOperationsOfSharedBlocksEachTime() throws {
        let transformer = try describedFixture("albert")
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
        guard case .learned(let bias)? = try describedFixture("mpnet").blocks[1].attention.relativeBias else {
            Issue.record("MPNet learns its bias")
            return
        }
        #expect(bias.reach == 91)
        #expect(bias.bucket(offset: offset) == bucket)
    }
}
