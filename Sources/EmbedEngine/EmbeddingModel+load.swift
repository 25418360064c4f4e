// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
package import EmbedModelFiles
import EmbedModels
import EmbedTokenizers

/// Settings of one model.
package struct ModelOptions: Sendable, Equatable {
    /// Most tokens of an input, or all of the model's positions if these are fewer; `nil` takes the model's own length.
    package var maxInputTokens: Int?
    /// Replaces the model's own pooling.
    package var pooling: PoolingMode?
    package var tokenIDPolicy: TokenIDPolicy
    package var weightType: WeightType

    package init(
        maxInputTokens: Int? = nil, pooling: PoolingMode? = nil, tokenIDPolicy: TokenIDPolicy = .framed,
        weightType: WeightType = .float32
    ) {
        self.maxInputTokens = maxInputTokens
        self.pooling = pooling
        self.tokenIDPolicy = tokenIDPolicy
        self.weightType = weightType
    }
}

extension EmbeddingModel {
    /// Loads the model in `directory` onto `device`.
    ///
    /// - Throws: ``ModelLoadError`` that names file, key, found and supported.
    package static func load(
        from directory: ModelDirectory, on device: some Device, options: ModelOptions = ModelOptions()
    ) throws(ModelLoadError) -> EmbeddingModel {
        do {
            let config = try SentenceTransformersConfig(in: directory)
            let files = try directory.subdirectory(config.transformerFolder)
            let transformer =
                try config.staticEmbedding == nil
                ? Architectures.transformer(in: files) : Architectures.staticEmbeddings(in: files)
            var head = try Head(config, for: transformer, in: directory)
            if let pooling = options.pooling { try head.replacePooling(pooling, for: transformer) }
            let tokenizer = try loadTokenizer(from: files, config: config, transformer: transformer)
            let limit = try inputLimit(options, config, transformer, tokenizer)
            let loaded = try device.load(transformer, head: head, weights: options.weightType)
            var model = EmbeddingModel(
                description: ModelDescription(
                    architecture: transformer.architecture, dimension: head.dimension, maxInputTokens: limit,
                    vocabularySize: transformer.embeddings.vocabularySize,
                    pooling: head.pooling.modes.map(\.rawValue), isNormalized: head.isNormalized,
                    weightType: options.weightType, arithmetic: loaded.arithmetic,
                    weightByteCount: loaded.weightByteCount, operations: transformer.operations),
                tokenizer: tokenizer, device: loaded, tokenIDPolicy: options.tokenIDPolicy,
                prompt: Array((config.defaultPromptName.flatMap { config.prompts[$0] } ?? "").utf8))
            if options.weightType != .float32 {
                model.description.fidelity = try measureFidelity(of: model) { batch throws(DeviceError) in
                    try device.embedOnce(batch, transformer, head: head)
                }
            }
            return model
        } catch let error as ModelFileError {
            throw .files(error)
        } catch let error as TokenizerError {
            throw .tokenizer(error)
        } catch let error as DeviceError {
            throw .device(error)
        } catch let error as ModelLoadError {
            throw error
        } catch {
            throw .unexpected(String(describing: error))
        }
    }

    /// Compares `model` with what float32 weights give, and refuses it when they are too far apart.
    private static func measureFidelity(
        of model: EmbeddingModel, reference: (RaggedBatch) throws(DeviceError) -> VectorBatch
    ) throws -> Fidelity {
        var batch = RaggedBatch()
        for text in ProbeTexts.all {
            let input = try model.prepare(.text(Array(text.utf8)))
            batch.append(input.tokenIDs, promptLength: input.promptLength)
        }
        let fidelity = Fidelity(try model.device.embed(batch), try reference(batch))
        guard fidelity.worstCosine >= Fidelity.smallestCosine else {
            throw ModelLoadError.fidelity(model.description.weightType, fidelity)
        }
        return fidelity
    }

    private static func loadTokenizer(
        from directory: ModelDirectory, config: SentenceTransformersConfig, transformer: Transformer
    ) throws -> Tokenizer {
        let tokenizer = try Tokenizer.load(from: directory)
        guard tokenizer.vocabularySize <= transformer.embeddings.vocabularySize else {
            throw ModelFileError.invalidKey(
                file: "tokenizer.json", key: "the vocabulary", found: "\(tokenizer.vocabularySize) tokens",
                expected: "at most config.json's vocab_size, \(transformer.embeddings.vocabularySize)")
        }
        // sentence-transformers lowercases before tokenizing then; a tokenizer that does so itself makes no difference.
        guard !config.lowercases || tokenizer.lowercases else {
            throw ModelFileError.invalidKey(
                file: "sentence_bert_config.json", key: "do_lower_case", found: "true",
                expected: "false, or a tokenizer that lowercases")
        }
        guard let lookup = config.staticEmbedding else { return tokenizer }
        return tokenizer.forLookup(omitsUnknown: lookup == .model2Vec)
    }

    /// The most tokens an input may have: the setting, else the model's own length, never beyond its positions.
    private static func inputLimit(
        _ options: ModelOptions, _ config: SentenceTransformersConfig, _ transformer: Transformer,
        _ tokenizer: Tokenizer
    ) throws(ModelLoadError) -> Int {
        let positions = transformer.maxPositions
        let smallest = tokenizer.specialTokenCount + 1
        if let wanted = options.maxInputTokens {
            guard wanted >= smallest else { throw .inputLimit(wanted, smallest: smallest, largest: positions) }
            return min(wanted, positions)
        }
        return min(config.maxSequenceLength ?? positions, positions)
    }
}
