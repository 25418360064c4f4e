// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// What is read for NomicBERT, GTE and jina-embeddings-v3; what is computed with it is compared with the reference in
/// EmbedDevicesTests.
@Suite struct RotaryEncoderTests {
    @Test func readsTheGateBesideWhatItGates() throws {
        let block = try describedFixture("nomic-bert").blocks[1]
        let network = try #require(block.feedForward.network)
        #expect(network.up.weight.name == "encoder.layers.1.mlp.fc11.weight")
        #expect(network.gate?.weight.name == "encoder.layers.1.mlp.fc12.weight")
        #expect(network.activation == .silu)
        #expect(network.up.bias == nil && network.down.bias == nil && block.attention.query.bias == nil)
        // In GTE's one tensor the gate stands behind.
        let other = try #require(try describedFixture("gte").blocks[0].feedForward.network)
        let name = "encoder.layer.0.mlp.up_gate_proj.weight"
        let file = try Safetensors(path: Fixtures.path("Models/gte/model.safetensors"), name: "model.safetensors")
        let both = try #require(file.tensors[name]).floats
        #expect(other.up.weight.floats == Array(both[..<(50 * 36)]))
        #expect(other.gate?.weight.floats == Array(both[(50 * 36)...]))
    }

    @Test(arguments: [
        // Transformers 5.23.0 for rope_theta 160,000 and a linear factor 8^(2 ÷ 12), and for rope_theta 1000.
        (
            "gte-new",
            [0.707106769, 0.0959691554, 0.0130250165, 0.00176776689, 0.00023992284, 0.0000325625551] as [Float]
        ),
        ("nomic-bert", [1, 0.316227764, 0.099999994, 0.0316227786, 0.00999999885, 0.0031622781]),
    ])
    func computesTheReferencesFrequencies(model: String, frequencies: [Float]) throws {
        let rotary = try #require(try describedFixture(model).blocks[0].attention.rotary)
        #expect(rotary.frequencies.count == frequencies.count)
        for (found, expected) in zip(rotary.frequencies, frequencies) {
            #expect(abs(found - expected) <= expected.ulp)
        }
        #expect(rotary.stretching == nil)
    }

    @Test(arguments: [
        // The authors' keys, and Transformers'.
        ("nomic-bert-stretched", "", ""),
        ("nomic-bert-transformers", #""rope_type": "default""#, #""rope_type": "dynamic", "factor": 2.0"#),
        ("nomic-bert-transformers", #""rope_parameters""#, #""rope_scaling": {"type": "dynamic", "factor": 2}, "_""#),
    ])
    func stretchesLongTexts(model: String, original: String, replacement: String) throws {
        let transformer = try describedFixture(model) { $0.replacing(original, with: replacement) }
        let isOriginal = model == "nomic-bert-stretched"
        #expect(transformer.maxPositions == 160)
        #expect(
            transformer.blocks[1].attention.rotary?.stretching
                == Rotary.Stretching(base: 1000, factor: 2, trainedLength: isOriginal ? 64 : 160))
    }

    @Test func mixesExpertsInEverySecondLayer() throws {
        let blocks = try describedFixture("nomic-bert-moe").blocks
        #expect(blocks.map { $0.feedForward.network == nil } == [false, true, false, true])
        let plain = try #require(blocks[0].feedForward.network)
        #expect(plain.gate == nil)
        #expect(plain.activation == .gelu)
        #expect(plain.up.bias?.shape == [20])
        guard case .experts(let mixture) = blocks[3].feedForward else {
            Issue.record("no experts")
            return
        }
        #expect(mixture.chosen == 2)
        #expect(mixture.experts.count == 4)
        #expect(mixture.router.weight.name == "encoder.layers.3.mlp.router.layer.weight")
        #expect(mixture.bias?.shape == [24])
        let expert = mixture.experts[2]
        #expect(expert.up.weight.shape == [20, 24])
        #expect(!expert.up.isTransposed)
        #expect(expert.down.weight.shape == [20, 24])
        #expect(expert.down.isTransposed)
        #expect(expert.down.inputs == 20)
    }

    @Test func padsTheVocabularyToItsMultiple() throws {
        let transformer = try describedFixture("nomic-bert") {
            $0.replacing("\"vocab_size\": 237", with: "\"vocab_size\": 233").replacing(
                "\"pad_vocab_size_multiple\": 1", with: "\"pad_vocab_size_multiple\": 79")
        }
        #expect(transformer.embeddings?.vocabularySize == 237)
    }

    @Test func readsModelsWithoutTokenTypes() throws {
        #expect(try describedFixture("gte-new").embeddings?.tokenTypes == nil)
        #expect(try describedFixture("gte").embeddings?.tokenTypes?.shape == [1, 36])
    }

    @Test func readsMatricesBesideTheirAdapters() throws {
        let transformer = try describedFixture("jina-embeddings-v3")
        let original = "parametrizations.weight.original"
        #expect(transformer.embeddings?.tokens.name == "roberta.embeddings.word_embeddings.\(original)")
        #expect(
            transformer.blocks[1].attention.output.weight.name == "roberta.encoder.layers.1.mixer.out_proj.\(original)")
        #expect(transformer.blocks[0].attention.rotary == Rotary(base: 20_000, size: 12))
    }

    @Test func readsAnAdapterForEachTask() throws {
        let transformer = try describedFixture("jina-embeddings-v3")
        #expect(
            transformer.adapters
                == ["retrieval.query", "retrieval.passage", "separation", "classification", "text-matching"])
        let file = try Safetensors(
            path: Fixtures.path("Models/jina-embeddings-v3/model.safetensors"), name: "model.safetensors")
        func adapters(_ name: String) throws -> (a: [Float], b: [Float]) {
            let stem = "roberta.\(name).parametrizations.weight.0"
            return (
                try #require(file.tensors["\(stem).lora_A"]).floats, try #require(file.tensors["\(stem).lora_B"]).floats
            )
        }
        // Of the fourth task: 36 inputs and 3 × 36 outputs, of which the keys' are in the middle.
        let keys = transformer.blocks[1].attention.key.adapters
        let whole = try adapters("encoder.layers.1.mixer.Wqkv")
        #expect(keys.count == 5)
        #expect(keys[3].rank == 2)
        #expect(keys[3].scale == 0.5)
        #expect(keys[3].down.shape == [2, 36])
        #expect(keys[3].up.shape == [36, 2])
        #expect(keys[3].down.floats == Array(whole.a[3 * 72..<4 * 72]))
        #expect(keys[3].up.floats == Array(whole.b[3 * 216 + 72..<3 * 216 + 144]))
        let tables = try adapters("embeddings.word_embeddings")
        let tokens = try #require(transformer.embeddings).adapters[4].tokens
        #expect(tokens.rows.floats == Array(tables.a[(4 * 474)...]))
        #expect(tokens.columns.floats == Array(tables.b[(4 * 72)...]))
        #expect(transformer.embeddings?.adapters[0].tokenTypes?.rows.shape == [1, 2])
        #expect(try describedFixture("jina-embeddings-v3-masked-lm").adapters.isEmpty)
        #expect(try describedFixture("nomic-bert").blocks[0].attention.query.adapters.isEmpty)
    }

    @Test(arguments: ["modeling.NewModel", "modeling.VietnameseModel", "modeling_hf_alibaba_nlp_gte.GteModel"])
    func knowsCopiesOfTheCode(name: String) throws {
        for repository in ["", "somebody/copy--"] {
            let transformer = try describedFixture("gte-new") {
                $0.replacing("Alibaba-NLP/new-impl--modeling.NewModel", with: repository + name).replacing(
                    "\"model_type\": \"new\"", with: "\"model_type\": \"Vietnamese\"")
            }
            #expect(transformer.architecture == "NewModel")
        }
    }
}

extension FeedForwardLayer {
    /// The network of a layer without experts.
    fileprivate var network: FeedForward? {
        guard case .one(let network) = self else { return nil }
        return network
    }
}
