// SPDX-License-Identifier: Apache-2.0

/// What is done with vectors after the model.
package enum Vectors {
    /// Scales each vector of `values` to length 1; one of zeros stays so.
    ///
    /// Shape: `[count, dimension]`. Lengths are summed in double: a plain float sum over 4,096 components would lose digits.
    package static func normalize(_ values: inout [Float], dimension: Int) {
        for start in stride(from: 0, to: values.count, by: dimension) {
            let squares = values[start..<start + dimension].reduce(0.0) { $0 + Double($1) * Double($1) }
            guard squares > 0 else { continue }
            let scale = 1 / squares.squareRoot()
            for index in start..<start + dimension { values[index] = Float(Double(values[index]) * scale) }
        }
    }

    /// The mean of each group of neighbouring vectors; `counts` has the groups' sizes, each at least 1.
    ///
    /// Shapes: `[sum of counts, dimension]` to `[counts, dimension]`. A group of one keeps its bits.
    package static func means(of values: [Float], dimension: Int, counts: [Int]) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(counts.count * dimension)
        var row = 0
        for count in counts {
            for component in 0..<dimension {
                let sum = (row..<row + count).reduce(0.0) { $0 + Double(values[$1 * dimension + component]) }
                result.append(Float(sum / Double(count)))
            }
            row += count
        }
        return result
    }
}
