// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// A vector for each token and nothing more: no positions, no blocks; pooling makes the text's vector.
///
/// Follows `StaticEmbedding` in sentence-transformers and `StaticModel` in Model2Vec.
enum StaticEmbeddings {
    static let architecture = Architecture(modelTypes: ["model2vec"]) { (_, checkpoint) throws(ModelFileError) in
        try transformer(checkpoint)
    }

    /// The longest text in tokens.
    ///
    /// The reference has no limit; here a text needs memory for a row of each token.
    private static let maxPositions = 1 << 16
    private static let maxVocabularySize = 1 << 22
    private static let maxSize = 1 << 16

    /// Describes the model of a checkpoint in either spelling: "embedding.weight", or Model2Vec's "embeddings".
    static func transformer(_ checkpoint: Checkpoint) throws(ModelFileError) -> Transformer {
        let name = checkpoint.tensors["embedding.weight"] == nil ? "embeddings" : "embedding.weight"
        guard let found = checkpoint.tensors[name] else {
            throw .missingTensor(name: "embedding.weight", file: checkpoint.name)
        }
        guard found.shape.count == 2, 1...maxVocabularySize ~= found.shape[0], 1...maxSize ~= found.shape[1] else {
            throw .invalidKey(
                file: checkpoint.name, key: name, found: "shape \(found.shape)",
                expected: "[tokens, size], at most [\(maxVocabularySize), \(maxSize)]")
        }
        let size = found.shape[1]
        let tokens = try table(try checkpoint.weight(name, shape: found.shape), checkpoint)
        return Transformer(
            architecture: "StaticEmbedding", hiddenSize: size, maxPositions: maxPositions,
            embeddings: Embeddings(tokens: tokens, vocabularySize: tokens.shape[0], size: size), blocks: [])
    }

    /// The rows by token: of a vocabulary that is quantised, "mapping" says which row a token has and "weights" by what it
    /// is multiplied.
    private static func table(_ rows: Tensor, _ checkpoint: Checkpoint) throws(ModelFileError) -> Tensor {
        let mapping = checkpoint.tensors["mapping"]
        let weights = checkpoint.tensors["weights"]
        guard mapping != nil || weights != nil else { return rows }
        let count = (mapping ?? weights)?.shape.first ?? 0
        for tensor in [mapping, weights].compactMap(\.self) where tensor.shape != [count] || count > maxVocabularySize {
            throw .tensorShape(name: tensor.name, file: checkpoint.name, found: tensor.shape, expected: [count])
        }
        guard mapping != nil || count == rows.shape[0] else {
            throw .tensorShape(name: "weights", file: checkpoint.name, found: [count], expected: [rows.shape[0]])
        }
        let indices = try mapping.map { (tensor) throws(ModelFileError) in try tensor.integers() }
        if let index = indices?.first(where: { $0 < 0 || $0 >= rows.shape[0] }) {
            throw .invalidKey(
                file: checkpoint.name, key: "mapping", found: "\(index)", expected: "rows below \(rows.shape[0])")
        }
        let factors = try weights.map { (tensor) throws(ModelFileError) in try tensor.numbers() }
        let values = try rows.numbers()
        let size = rows.shape[1]
        guard count * size <= 1 << 31 else {
            throw .tensorShape(name: rows.name, file: checkpoint.name, found: [count, size], expected: rows.shape)
        }
        var table: [Float] = []
        table.reserveCapacity(count * size)
        for token in 0..<count {
            let row = (indices?[token] ?? token) * size
            let factor = factors?[token] ?? 1
            for column in 0..<size { table.append(Float(Double(values[row + column]) * Double(factor))) }
        }
        return try Tensor(name: rows.name, shape: [count, size], values: table)
    }
}
