// SPDX-License-Identifier: Apache-2.0

/// The vectors of a batch: `[count, dimension]`, all finite.
package struct VectorBatch: Sendable, Equatable {
    package let values: [Float]
    package let dimension: Int
    package let count: Int

    package init(values: [Float], dimension: Int, count: Int) {
        precondition(values.count == dimension * count)
        self.values = values
        self.dimension = dimension
        self.count = count
    }

    /// The vector of the sequence at `index`.
    package subscript(index: Int) -> ArraySlice<Float> {
        values[index * dimension..<(index + 1) * dimension]
    }
}
