// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// What a task adds to a linear layer: y = x (W + scale · up · down)ᵀ + b = x Wᵀ + b + scale · (x downᵀ) upᵀ.
///
/// Shapes: `down` `[rank, inputs]`, `up` `[outputs, rank]`. Paper: arXiv 2106.09685.
package struct LowRankAdapter: Sendable {
    package var down: Tensor
    package var up: Tensor
    package var rank: Int
    package var scale: Float

    package init(down: Tensor, up: Tensor, rank: Int, scale: Float) {
        self.down = down
        self.up = up
        self.rank = rank
        self.scale = scale
    }
}

/// What a task adds to a table of embeddings: row i ← table[i] + scale · rows[i] · columns.
///
/// Shapes: `rows` `[rows of the table, rank]`, `columns` `[rank, size]`.
package struct LowRankTable: Sendable {
    package var rows: Tensor
    package var columns: Tensor
    package var rank: Int
    package var scale: Float

    package init(rows: Tensor, columns: Tensor, rank: Int, scale: Float) {
        self.rows = rows
        self.columns = columns
        self.rank = rank
        self.scale = scale
    }
}
