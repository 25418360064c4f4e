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
            var parts: [LoadedPipeline] = []
            for pipeline in config.pipelines {
                parts.append(try load(pipeline, config, from: directory, on: device, options))
            }
            return EmbeddingModel(
                description: try describe(parts, config, options), pipelines: parts.map(\.pipeline),
                routing: config.routing, tokenIDPolicy: options.tokenIDPolicy)
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

    /// A pipeline on a device, and what it was made of.
    private struct LoadedPipeline {
        let pipeline: Pipeline
        let transformer: Transformer
        let head: Head
        /// `nil` for float32 weights.
        var fidelity: Fidelity?
    }

    /// Loads one pipeline; a transformer that two of them share is loaded twice.
    private static func load(
        _ files: SentenceTransformersConfig.Pipeline, _ config: SentenceTransformersConfig,
        from directory: ModelDirectory, on device: some Device, _ options: ModelOptions
    ) throws -> LoadedPipeline {
        let folder = try directory.subdirectory(files.transformerFolder)
        let transformer =
            try files.staticEmbedding == nil
            ? Architectures.transformer(in: folder) : Architectures.staticEmbeddings(in: folder)
        var head = try Head(files, for: transformer, in: directory)
        if let pooling = options.pooling { try head.replacePooling(pooling, for: transformer) }
        let tokenizer = try loadTokenizer(from: folder, files, transformer)
        let limit = try inputLimit(options, files, transformer, tokenizer)
        let pipeline = Pipeline(
            tokenizer: tokenizer, device: try device.load(transformer, head: head, weights: options.weightType),
            prompts: Prompts(
                config.prompts, defaultName: config.defaultPromptName, tokenizer: tokenizer, maxTokens: limit),
            pooling: head.pooling.modes.map(\.rawValue), maxInputTokens: limit,
            vocabularySize: transformer.embeddings.vocabularySize)
        var loaded = LoadedPipeline(pipeline: pipeline, transformer: transformer, head: head)
        if options.weightType != .float32 {
            loaded.fidelity = try measureFidelity(of: pipeline, options.weightType) { batch throws(DeviceError) in
                try device.embedOnce(batch, transformer, head: head)
            }
        }
        return loaded
    }

    /// What the model is: of several pipelines, the one that reads texts nothing is said about.
    ///
    /// - Throws: when their vectors can't be compared, for they have different numbers of components.
    private static func describe(
        _ parts: [LoadedPipeline], _ config: SentenceTransformersConfig, _ options: ModelOptions
    ) throws -> ModelDescription {
        let standard = parts[config.routing.standard ?? 0]
        let (pipeline, head) = (standard.pipeline, standard.head)
        if let other = parts.first(where: { $0.head.dimension != head.dimension }) {
            throw ModelFileError.invalidKey(
                file: "modules.json", key: "the Router's pipelines",
                found: "vectors of \(head.dimension) and \(other.head.dimension) components",
                expected: "the same number from all")
        }
        return ModelDescription(
            architecture: standard.transformer.architecture,
            dimension: min(config.truncateDimension ?? head.dimension, head.dimension),
            fullDimension: head.dimension, maxInputTokens: pipeline.maxInputTokens,
            vocabularySize: pipeline.vocabularySize, pooling: pipeline.pooling,
            isNormalized: parts.allSatisfy(\.head.isNormalized),
            prompts: config.prompts, defaultPromptName: config.defaultPromptName,
            similarityFunction: config.similarityFunction,
            weightType: options.weightType, arithmetic: pipeline.device.arithmetic,
            fidelity: parts.compactMap(\.fidelity).min { $0.worstCosine < $1.worstCosine },
            weightByteCount: parts.reduce(0) { $0 + $1.pipeline.device.weightByteCount },
            operations: standard.transformer.operations)
    }

    /// Compares `pipeline` with what float32 weights give, and refuses it when they are too far apart.
    private static func measureFidelity(
        of pipeline: Pipeline, _ type: WeightType, reference: (RaggedBatch) throws(DeviceError) -> VectorBatch
    ) throws -> Fidelity {
        var batch = RaggedBatch()
        for text in ProbeTexts.all {
            let input = pipeline.tokenize(Array(text.utf8)[...], pipeline.prompts.standard)
            batch.append(input.tokenIDs, promptLength: input.promptLength)
        }
        let fidelity = Fidelity(try pipeline.device.embed(batch), try reference(batch))
        guard fidelity.worstCosine >= Fidelity.smallestCosine else {
            throw ModelLoadError.fidelity(type, fidelity)
        }
        return fidelity
    }

    private static func loadTokenizer(
        from directory: ModelDirectory, _ files: SentenceTransformersConfig.Pipeline, _ transformer: Transformer
    ) throws -> Tokenizer {
        let tokenizer = try Tokenizer.load(from: directory)
        guard tokenizer.vocabularySize <= transformer.embeddings.vocabularySize else {
            throw ModelFileError.invalidKey(
                file: "tokenizer.json", key: "the vocabulary", found: "\(tokenizer.vocabularySize) tokens",
                expected: "at most config.json's vocab_size, \(transformer.embeddings.vocabularySize)")
        }
        // sentence-transformers lowercases before tokenizing then; a tokenizer that does so itself makes no difference.
        guard !files.lowercases || tokenizer.lowercases else {
            throw ModelFileError.invalidKey(
                file: "sentence_bert_config.json", key: "do_lower_case", found: "true",
                expected: "false, or a tokenizer that lowercases")
        }
        guard let lookup = files.staticEmbedding else { return tokenizer }
        return tokenizer.forLookup(omitsUnknown: lookup == .model2Vec)
    }

    /// The most tokens an input may have: the setting, else the model's own length, never beyond its positions.
    private static func inputLimit(
        _ options: ModelOptions, _ files: SentenceTransformersConfig.Pipeline, _ transformer: Transformer,
        _ tokenizer: Tokenizer
    ) throws(ModelLoadError) -> Int {
        let positions = transformer.maxPositions
        let smallest = tokenizer.specialTokenCount + 1
        if let wanted = options.maxInputTokens {
            guard wanted >= smallest else { throw .inputLimit(wanted, smallest: smallest, largest: positions) }
            return min(wanted, positions)
        }
        return min(files.maxSequenceLength ?? positions, positions)
    }
}
