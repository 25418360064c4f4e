// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// Each model directory, from its ordinary files and plain texts to vectors, against sentence-transformers.
@Suite struct ModelConformanceTests {
    /// One line a model of Tests/Fixtures/Models.
    @Test(arguments: [
        "new-format", "old-format", "pooling", "dense", "dense-residual", "layer-norm", "float16", "bfloat16",
        "sharded", "masked-lm",
        "odd-sizes", "gelu-new", "relu", "silu", "prompts", "prompts-pooling",
        "distilbert", "distilbert-masked-lm",
        "roberta", "xlm-roberta", "camembert",
        "electra", "electra-wide",
        "albert", "albert-groups",
        "mpnet", "mpnet-masked-lm",
        "modernbert", "modernbert-masked-lm",
        "eurobert",
        "qwen2", "qwen2-bidirectional",
        "qwen3", "qwen3-bidirectional", "qwen3-projected",
        "mistral",
        "llama", "llama-bidirectional",
        "gemma2",
        "gemma3", "embeddinggemma",
        "nomic-bert", "nomic-bert-stretched", "nomic-bert-transformers", "nomic-bert-moe",
        "jina-bert", "jina-bert-code",
        "gte", "gte-new", "gte-transformers",
        "jina-embeddings-v3", "jina-embeddings-v3-masked-lm", "jina-embeddings-v3-transformers",
        "static-embedding", "static-embedding-cut", "model2vec", "model2vec-quantized",
    ])
    func conforms(name: String) throws {
        let fixture = try ExpectedVectors("Models/\(name)")
        let model = try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: CPUDevice(threads: 2))
        let inputs = try fixture.texts.map { try model.prepare(.text($0)) }
        if !name.hasPrefix("prompts") { #expect(inputs.map(\.tokenIDs) == fixture.tokenIDs) }
        let batched = try model.embed(inputs)
        #expect(largestDifference(batched, fixture.vectors) <= 2e-5)
        let alone = try inputs.flatMap { try model.embed([$0]) }
        #expect(largestDifference(batched, alone) <= 1e-6)
        if let limit = fixture.maxTokens { #expect(model.description.maxInputTokens == limit) }
    }

    @Test func saysHowLongTextsMayBe() throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/new-format"))
        let device = try CPUDevice(threads: 1)
        #expect(try EmbeddingModel.load(from: directory, on: device).description.maxInputTokens == 144)
        // The model has 160 positions.
        for (wanted, limit) in [(3, 3), (160, 160), (161, 160), (1_000_000, 160)] {
            let model = try EmbeddingModel.load(
                from: directory, on: device, options: ModelOptions(maxInputTokens: wanted))
            #expect(model.description.maxInputTokens == limit)
        }
        #expect(throws: ModelLoadError.self) {
            try EmbeddingModel.load(from: directory, on: device, options: ModelOptions(maxInputTokens: 2))
        }
    }

    @Test func replacesThePooling() throws {
        let directory = try ModelDirectory(path: Fixtures.path("Models/pooling"))
        let model = try EmbeddingModel.load(
            from: directory, on: CPUDevice(threads: 1), options: ModelOptions(pooling: .max))
        let fixture = try ExpectedVectors("Models/pooling", tensor: "vectors.max")
        let inputs = try fixture.texts.map { try model.prepare(.text($0)) }
        #expect(model.description.dimension == 32)
        #expect(largestDifference(try model.embed(inputs), fixture.vectors) <= 2e-5)
    }
}

/// What the reference computes for the texts of a fixture.
struct ExpectedVectors {
    let texts: [String]
    /// Empty where the fixture has counts only.
    let tokenIDs: [[Int32]]
    /// sentence-transformers' `max_seq_length`, where the fixture has it.
    let maxTokens: Int?
    /// Tokens of each text, where the fixture has them.
    let tokenCounts: [Int]
    /// Shape `[texts, dimension]`.
    let vectors: [Float]

    init(
        _ folder: String, texts file: String = "expected.json", vectors: String = "expected", tensor: String = "vectors"
    ) throws {
        let root = try JSONDocument(parsing: Fixtures.bytes("\(folder)/\(file)")).root
        texts = try #require(root["texts"]?.elements).map { try #require($0.string) }
        tokenIDs =
            (root["token_ids"]?.elements).map { lists in
                lists.map { ($0.elements?.compactMap(\.int) ?? []).map { Int32($0) } }
            } ?? []
        maxTokens = root["max_tokens"]?.int
        tokenCounts = root["tokens"]?.elements?.compactMap(\.int) ?? []
        let name = "\(vectors).safetensors"
        let file = try Safetensors(path: Fixtures.path("\(folder)/\(name)"), name: name)
        self.vectors = try #require(file.tensors[tensor]).floats
    }
}
