// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// How a checkpoint keeps matrices beside adapters of low rank: as PyTorch names a weight with a parametrization.
///
/// The matrix is `parametrizations.weight.original`, and all tasks' adapters are in `parametrizations.weight.0.lora_A` and
/// `lora_B`, one after the other: `[tasks, rank, inputs]` and `[tasks, outputs, rank]`, for a table of embeddings
/// `[tasks, rows, rank]` and `[tasks, rank, size]`.
package struct Adaptation: Sendable {
    /// The tasks, in the order of their adapters.
    package var tasks: [String]
    package var rank: Int
    /// α ÷ rank.
    package var scale: Float

    static let matrixName = "parametrizations.weight.original"

    /// The adapters of the linear layer `name`, one for each task.
    func adapters(
        _ name: String, inputs: Int, outputs: Int, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> [LowRankAdapter] {
        let pair = try pair(name, [rank, inputs], [outputs, rank], in: checkpoint)
        return tasks.indices.map {
            LowRankAdapter(down: pair.a.element($0), up: pair.b.element($0), rank: rank, scale: scale)
        }
    }

    /// The adapters of the table `name`, one for each task.
    func tables(
        _ name: String, rows: Int, size: Int, in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> [LowRankTable] {
        let pair = try pair(name, [rows, rank], [rank, size], in: checkpoint)
        return tasks.indices.map {
            LowRankTable(rows: pair.a.element($0), columns: pair.b.element($0), rank: rank, scale: scale)
        }
    }

    private func pair(
        _ name: String, _ a: [Int], _ b: [Int], in checkpoint: ScopedCheckpoint
    ) throws(ModelFileError) -> (a: Tensor, b: Tensor) {
        (
            a: try checkpoint.weight("\(name).parametrizations.weight.0.lora_A", shape: [tasks.count] + a),
            b: try checkpoint.weight("\(name).parametrizations.weight.0.lora_B", shape: [tasks.count] + b)
        )
    }
}
