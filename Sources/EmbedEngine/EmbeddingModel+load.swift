// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
package import EmbedImages
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
    /// How large images may be.
    package var imageLimits: ImageLimits

    package init(
        maxInputTokens: Int? = nil, pooling: PoolingMode? = nil, tokenIDPolicy: TokenIDPolicy = .framed,
        weightType: WeightType = .float32, imageLimits: ImageLimits = ImageLimits()
    ) {
        self.maxInputTokens = maxInputTokens
        self.pooling = pooling
        self.tokenIDPolicy = tokenIDPolicy
        self.weightType = weightType
        self.imageLimits = imageLimits
    }
}

extension EmbeddingModel {
    /// Loads the model in `directory` onto `device`.
    ///
    /// - Throws: ``ModelLoadError`` that names file, key, found and supported.
    package static func load(
        from directory: ModelDirectory, on device: some Device, options: ModelOptions = ModelOptions()
    ) throws(ModelLoadError) -> EmbeddingModel {
        try ModelLoadError.catching {
            let config = try SentenceTransformersConfig(in: directory)
            var parts: [LoadedPipeline] = []
            for files in try PipelineFiles.all(config.pipelines, in: directory, options) {
                let other = parts.first { $0.files.config.sharesTransformer(with: files.config) }
                parts.append(try load(files, sharing: other?.pipeline, config, on: device, options))
            }
            let images = try ImagePipelineFiles(in: directory, config).map { files in
                try load(files, dimension: parts[0].files.head.dimension, on: device, options)
            }
            return EmbeddingModel(
                description: try describe(parts, images, config, options), pipelines: parts.map(\.pipeline),
                images: images?.pipeline, routing: config.routing, tokenIDPolicy: options.tokenIDPolicy)
        }
    }

    /// A pipeline on a device, and what it was made of.
    private struct LoadedPipeline {
        let pipeline: Pipeline
        let files: PipelineFiles
        /// `nil` for float32 weights.
        var fidelity: Fidelity?
    }

    /// Loads one pipeline; `other` has loaded its transformer already.
    private static func load(
        _ files: PipelineFiles, sharing other: Pipeline?, _ config: SentenceTransformersConfig,
        on device: some Device, _ options: ModelOptions
    ) throws -> LoadedPipeline {
        let (transformer, head) = (files.transformer, files.head)
        let pipeline = Pipeline(
            tokenizer: files.tokenizer, padding: files.padding,
            device: try other?.device.withHead(head)
                ?? device.load(transformer, head: head, weights: options.weightType),
            prompts: Prompts(
                config.prompts, defaultName: config.defaultPromptName, tokenizer: files.tokenizer,
                maxTokens: files.maxInputTokens),
            pooling: head.pooling.names, maxInputTokens: files.maxInputTokens,
            vocabularySize: transformer.vocabularySize, tasks: transformer.adapters)
        var loaded = LoadedPipeline(pipeline: pipeline, files: files)
        if options.weightType != .float32 {
            loaded.fidelity = try measureFidelity(of: pipeline, options.weightType) { batch throws(DeviceError) in
                try device.embedOnce(batch, transformer, head: head)
            }
        }
        return loaded
    }

    /// An image tower on a device.
    private struct LoadedImages {
        let pipeline: ImagePipeline
        /// `nil` for float32 weights.
        var fidelity: Fidelity?
    }

    /// Loads the image tower of a model whose texts get vectors of `dimension` components.
    private static func load(
        _ files: ImagePipelineFiles, dimension: Int, on device: some Device, _ options: ModelOptions
    ) throws -> LoadedImages {
        let tower = files.tower
        guard tower.head.dimension == dimension else {
            throw ModelFileError.invalidKey(
                file: "config.json", key: "the towers of texts and images",
                found: "vectors of \(dimension) and \(tower.head.dimension) components",
                expected: "the same number from both")
        }
        let pipeline = ImagePipeline(
            preprocessor: files.preprocessor,
            device: try device.load(tower.transformer, head: tower.head, weights: options.weightType),
            description: files.description, limits: options.imageLimits)
        var loaded = LoadedImages(pipeline: pipeline)
        if options.weightType != .float32 {
            var batch = RaggedBatch()
            for image in tower.probes() { batch.append(patches: image) }
            let reference = try device.embedOnce(batch, tower.transformer, head: tower.head)
            loaded.fidelity = try checked(
                Fidelity(try pipeline.device.embed(batch), reference), options.weightType)
        }
        return loaded
    }

    /// What the model is: of several pipelines, the one that reads texts nothing is said about.
    ///
    /// - Throws: when their vectors can't be compared, for they have different numbers of components.
    private static func describe(
        _ parts: [LoadedPipeline], _ images: LoadedImages?, _ config: SentenceTransformersConfig,
        _ options: ModelOptions
    ) throws -> ModelDescription {
        let standard = parts[config.routing.standard ?? 0]
        let (pipeline, head) = (standard.pipeline, standard.files.head)
        if let other = parts.first(where: { $0.files.head.dimension != head.dimension }) {
            throw ModelFileError.invalidKey(
                file: "modules.json", key: "the Router's pipelines",
                found: "vectors of \(head.dimension) and \(other.files.head.dimension) components",
                expected: "the same number from all")
        }
        return ModelDescription(
            architecture: standard.files.transformer.architecture,
            dimension: min(config.truncateDimension ?? head.dimension, head.dimension),
            fullDimension: head.dimension, maxInputTokens: pipeline.maxInputTokens,
            vocabularySize: pipeline.vocabularySize, pooling: pipeline.pooling,
            isNormalized: parts.allSatisfy(\.files.head.isNormalized),
            prompts: config.prompts, defaultPromptName: config.defaultPromptName,
            similarityFunction: config.similarityFunction,
            weightType: options.weightType, arithmetic: pipeline.device.arithmetic,
            fidelity: (parts.map(\.fidelity) + [images?.fidelity]).compactMap(\.self).min {
                $0.worstCosine < $1.worstCosine
            },
            weightByteCount: parts.reduce(images?.pipeline.device.weightByteCount ?? 0) {
                $0 + $1.pipeline.device.weightByteCount
            },
            operations: standard.files.transformer.operations, images: images?.pipeline.description)
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
        return try checked(Fidelity(try pipeline.device.embed(batch), try reference(batch)), type)
    }

    private static func checked(_ fidelity: Fidelity, _ type: WeightType) throws(ModelLoadError) -> Fidelity {
        guard fidelity.worstCosine >= Fidelity.smallestCosine else {
            throw ModelLoadError.fidelity(type, fidelity)
        }
        return fidelity
    }
}
