// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTokenizers

/// What the files of a pipeline say, before anything is on a device: weights are mapped, not read.
struct PipelineFiles {
    let config: SentenceTransformersConfig.Pipeline
    let transformer: Transformer
    let head: Head
    let tokenizer: Tokenizer
    /// What texts are filled up with; `nil` where they have their own lengths.
    let padding: TextPadding?
    /// Most tokens of an input, special tokens included.
    let maxInputTokens: Int

    /// The files of each of `pipelines`; what several have in common is read once.
    ///
    /// - Throws: ``ModelFileError``, ``TokenizerError`` or ``ModelLoadError``.
    static func all(
        _ pipelines: [SentenceTransformersConfig.Pipeline], in directory: ModelDirectory, _ options: ModelOptions
    ) throws -> [PipelineFiles] {
        var all: [PipelineFiles] = []
        for pipeline in pipelines {
            if let other = all.first(where: { $0.config.sharesTransformer(with: pipeline) }) {
                all.append(try PipelineFiles(pipeline, like: other, in: directory, options))
            } else {
                all.append(try PipelineFiles(pipeline, in: directory, options))
            }
        }
        return all
    }

    private init(
        _ pipeline: SentenceTransformersConfig.Pipeline, in directory: ModelDirectory, _ options: ModelOptions
    ) throws {
        config = pipeline
        let folder = try directory.subdirectory(pipeline.transformerFolder)
        transformer =
            try pipeline.staticEmbedding == nil
            ? Architectures.transformer(in: folder) : Architectures.staticEmbeddings(in: folder)
        head = try Self.head(pipeline, for: transformer, in: directory, options)
        tokenizer = try Self.tokenizer(in: folder, pipeline, transformer)
        padding = try TextPadding(in: folder, tokenizer)
        let limit = try Self.inputLimit(options, pipeline, transformer, tokenizer)
        maxInputTokens = min(limit, padding?.length ?? limit)
    }

    /// A pipeline that shares `other`'s transformer, and with it all but the head.
    private init(
        _ pipeline: SentenceTransformersConfig.Pipeline, like other: PipelineFiles, in directory: ModelDirectory,
        _ options: ModelOptions
    ) throws(ModelFileError) {
        config = pipeline
        transformer = other.transformer
        head = try Self.head(pipeline, for: transformer, in: directory, options)
        tokenizer = other.tokenizer
        padding = other.padding
        maxInputTokens = other.maxInputTokens
    }

    private static func head(
        _ pipeline: SentenceTransformersConfig.Pipeline, for transformer: Transformer, in directory: ModelDirectory,
        _ options: ModelOptions
    ) throws(ModelFileError) -> Head {
        var head = try Head(pipeline, for: transformer, in: directory)
        if let pooling = options.pooling { try head.replacePooling(pooling, for: transformer) }
        return head
    }

    private static func tokenizer(
        in directory: ModelDirectory, _ pipeline: SentenceTransformersConfig.Pipeline, _ transformer: Transformer
    ) throws -> Tokenizer {
        let tokenizer = try Tokenizer.load(from: directory)
        guard tokenizer.vocabularySize <= transformer.vocabularySize else {
            throw ModelFileError.invalidKey(
                file: "tokenizer.json", key: "the vocabulary", found: "\(tokenizer.vocabularySize) tokens",
                expected: "at most config.json's vocab_size, \(transformer.vocabularySize)")
        }
        // sentence-transformers lowercases before tokenizing then; a tokenizer that does so itself makes no difference.
        guard !pipeline.lowercases || tokenizer.lowercases else {
            throw ModelFileError.invalidKey(
                file: "sentence_bert_config.json", key: "do_lower_case", found: "true",
                expected: "false, or a tokenizer that lowercases")
        }
        guard let lookup = pipeline.staticEmbedding else { return tokenizer }
        return tokenizer.forLookup(omitsUnknown: lookup == .model2Vec)
    }

    /// The most tokens an input may have: the setting, else the model's own length, never beyond its positions.
    private static func inputLimit(
        _ options: ModelOptions, _ pipeline: SentenceTransformersConfig.Pipeline, _ transformer: Transformer,
        _ tokenizer: Tokenizer
    ) throws(ModelLoadError) -> Int {
        let positions = transformer.maxPositions
        let smallest = tokenizer.specialTokenCount + 1
        if let wanted = options.maxInputTokens {
            guard wanted >= smallest else { throw .inputLimit(wanted, smallest: smallest, largest: positions) }
            return min(wanted, positions)
        }
        return min(pipeline.maxSequenceLength ?? positions, positions)
    }
}
