// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
package import EmbedModelFiles
import EmbedModels

/// How much memory a model takes, in bytes.
package struct ModelMemory: Sendable, Equatable {
    /// Of the weights on the device: an estimate from the files, until a loaded model's description has the number.
    package var weightByteCount = 0
    /// Of the tokenizer.
    package var tokenizerByteCount = 0
    /// Of what a pass computes, kept for the next: the most that the largest batches make of it.
    package var bufferByteCount = 0

    package init() {}

    /// All of it.
    package var byteCount: Int { weightByteCount + tokenizerByteCount + bufferByteCount }

    /// Reads the files in `directory`, but none of its weights and no tokenizer.
    ///
    /// `batchTokens` is the most that a batch of several texts has; a longer text is a batch of its own. `threads`
    /// compute.
    /// - Throws: ``ModelLoadError``.
    package init(
        of directory: ModelDirectory, options: ModelOptions = ModelOptions(), batchTokens: Int, threads: Int
    ) throws(ModelLoadError) {
        self = try ModelLoadError.catching {
            let config = try SentenceTransformersConfig(in: directory)
            var memory = ModelMemory()
            for (number, pipeline) in config.pipelines.enumerated()
            where !config.pipelines[..<number].contains(where: pipeline.sharesTransformer) {
                let folder = try directory.subdirectory(pipeline.transformerFolder)
                let transformer =
                    try pipeline.staticEmbedding == nil
                    ? Architectures.transformer(in: folder) : Architectures.staticEmbeddings(in: folder)
                let checkpoint = try Checkpoint(in: folder)
                let longest = min(
                    options.maxInputTokens ?? pipeline.maxSequenceLength ?? transformer.maxPositions,
                    transformer.maxPositions)
                memory.weightByteCount += Self.weightByteCount(checkpoint, options.weightType)
                memory.tokenizerByteCount += Self.tokenizerByteCount(in: folder)
                memory.bufferByteCount += Self.bufferByteCount(
                    transformer, tokens: max(batchTokens, longest), threads: threads)
            }
            if let tower = try Architectures.imageTower(in: directory, config.standardPipeline) {
                // Its weights are in the checkpoint of the texts' tower.
                memory.bufferByteCount += Self.bufferByteCount(
                    tower.transformer, tokens: max(batchTokens, tower.sequenceLength), threads: threads)
            }
            return memory
        }
    }

    /// All tensors as `type`, those that aren't used among them.
    private static func weightByteCount(_ checkpoint: Checkpoint, _ type: WeightType) -> Int {
        let count = checkpoint.tensors.values.filter(\.elementType.isWeight).reduce(0) { $0 + $1.count }
        return switch type {
        case .float32: count * 4
        case .float16, .bfloat16: count * 2
        // And a factor of 4 bytes for each 128 of a row.
        case .int8: count + count / 32
        }
    }

    private static func tokenizerByteCount(in directory: ModelDirectory) -> Int {
        ["tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model"]
            .reduce(0) { $0 + directory.byteCount(of: $1) } * tokenizerFactor
    }

    /// Bytes of a tokenizer's tables for each byte of its files: 3.1 in all-MiniLM-L6-v2, measured as resident memory.
    private static let tokenizerFactor = 3

    /// Hidden states, queries, keys and values, what attention gives and sums, of all tokens that are computed at once:
    /// those of a batch that all threads share, and before it some hundred for each thread.
    private static func bufferByteCount(_ transformer: Transformer, tokens: Int, threads: Int) -> Int {
        let columns =
            transformer.blocks.map { block in
                let attention = block.attention
                return 2 * (attention.query.outputs + attention.key.outputs + attention.value.outputs)
                    + attention.output.inputs
            }.max() ?? 0
        let rows = tokens + threads * groupTokens
        return rows * (columns + 2 * transformer.hiddenSize) * MemoryLayout<Float>.stride
    }

    /// Tokens that a thread computes by itself, and half as many again for what one group may be too long.
    private static let groupTokens = 384
}
