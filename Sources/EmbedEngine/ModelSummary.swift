// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles
import EmbedModels
import EmbedTokenizers

/// What a model is by its files alone: nothing of it is loaded onto a device.
package struct ModelSummary: Sendable, Equatable {
    /// The class in Transformers, such as "BertModel".
    package var architecture: String
    /// Numbers in all weight files of the transformer.
    package var parameterCount: Int
    /// How these are stored, such as "F32", by safetensors' names, sorted.
    package var storedTypes: [String]
    /// Bytes of the weights as they are stored.
    package var storedByteCount: Int
    /// Components of a vector, and those that the model computes.
    package var dimension: Int
    package var fullDimension: Int
    /// Most tokens of an input, special tokens included.
    package var maxInputTokens: Int
    /// Most tokens that the transformer itself takes.
    package var positions: Int
    package var vocabularySize: Int
    /// The kind of the tokenizer's model, such as "WordPiece".
    package var tokenizer: String
    /// sentence-transformers' names of the pooling modes, in order.
    package var pooling: [String]
    /// What follows the pooling, in order, such as "Dense 768 → 3072" and "Normalize".
    package var modules: [String]
    /// Texts to be put before an input, by name.
    package var prompts: [String: String]
    package var defaultPromptName: String?
    /// "cosine", "dot", "euclidean" or "manhattan"; `nil` where no file says so.
    package var similarityFunction: String?
    /// Tasks that the model has adapters for.
    package var tasks: [String]
    /// What texts may be called in a model whose Router chooses by it, sorted.
    package var routes: [String]
    /// What the model makes of images; `nil` when it embeds texts only.
    package var images: ImageDescription?

    /// Reads the files in `directory`; of several pipelines, that of texts which nothing is said about.
    ///
    /// - Throws: ``ModelLoadError``, for every model that can't be loaded because of what its files say.
    package init(
        of directory: ModelDirectory, options: ModelOptions = ModelOptions()
    ) throws(ModelLoadError) {
        self = try ModelLoadError.catching {
            let config = try SentenceTransformersConfig(in: directory)
            let files = try PipelineFiles.all(config.pipelines, in: directory, options)
            let standard = files[config.routing.standard ?? 0]
            let folder = try directory.subdirectory(config.standardPipeline.transformerFolder)
            return ModelSummary(
                standard, try ImagePipelineFiles(in: directory, config), config, try Checkpoint(in: folder))
        }
    }

    private init(
        _ files: PipelineFiles, _ images: ImagePipelineFiles?, _ config: SentenceTransformersConfig,
        _ checkpoint: Checkpoint
    ) {
        let (transformer, head) = (files.transformer, files.head)
        // Buffers, such as the numbers of positions, are no parameters.
        let tensors = checkpoint.tensors.values.filter(\.elementType.isWeight)
        architecture = transformer.architecture
        parameterCount = tensors.reduce(0) { $0 + $1.count }
        storedTypes = Set(tensors.map(\.elementType.rawValue)).sorted()
        storedByteCount = tensors.reduce(0) { $0 + $1.count * $1.elementType.byteCount }
        dimension = min(config.truncateDimension ?? head.dimension, head.dimension)
        fullDimension = head.dimension
        maxInputTokens = files.maxInputTokens
        positions = transformer.maxPositions
        vocabularySize = transformer.vocabularySize
        tokenizer = files.tokenizer.kind
        pooling = head.pooling.names
        modules = head.steps.map(\.name)
        prompts = config.prompts
        defaultPromptName = config.defaultPromptName
        similarityFunction = config.similarityFunction
        tasks = transformer.adapters
        routes = config.routing.names
        self.images = images?.description
    }
}

extension Head.Step {
    /// sentence-transformers' name of the module, with its sizes.
    fileprivate var name: String {
        switch self {
        case .dense(let dense):
            "Dense \(dense.linear.inputs) → \(dense.linear.outputs)"
                + (dense.activation == .identity ? "" : " (\(dense.activation))")
        case .layerNorm: "LayerNorm"
        case .residualNetwork: "a residual network"
        case .normalize: "Normalize"
        }
    }
}
