// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels

extension CPUExecutor {
    /// Computes y = start + scale · (x downᵀ) upᵀ for the rows of texts with a task, and y = start for the others: what
    /// the product with `matrix` over its inputs `depth` to its `outputs` then begins with.
    ///
    /// x and y begin at the first of `rows`, which are the pass's; y also at the first of the outputs.
    /// - Returns: What the product begins with: y, or `start` itself where tasks add nothing.
    func adapted(
        _ matrix: PackedMatrix, _ x: Rows, _ rows: Range<Int>, depth: Range<Int>, outputs: Range<Int>, into y: Rows,
        from start: Rows?, _ pass: Pass, _ weights: WeightStore
    ) -> Rows? {
        guard !matrix.adapters.isEmpty, pass.hasTasks else { return start }
        for row in 0..<rows.count {
            let target = y[row].base
            if let start {
                if start.base != y.base { target.update(from: start[row].base, count: outputs.count) }
            } else {
                target.update(repeating: 0, count: outputs.count)
            }
        }
        for sequence in pass.sequences {
            let own = sequence.rows.clamped(to: rows)
            guard let task = sequence.task, !own.isEmpty else { continue }
            let first = own.lowerBound - rows.lowerBound
            for adapter in matrix.adapters[task] {
                let columns = (adapter.column..<adapter.column + adapter.up.outputs).clamped(to: outputs)
                guard !columns.isEmpty else { continue }
                add(
                    adapter, x[first], own.count, depth, columns,
                    to: y[first].column(columns.lowerBound - outputs.lowerBound), pass, weights)
            }
        }
        return y
    }

    /// Adds what `adapter` makes of x for the outputs `columns` of its matrix.
    private func add(
        _ adapter: PackedMatrix.LowRank, _ x: Rows, _ count: Int, _ depth: Range<Int>, _ columns: Range<Int>,
        to y: Rows, _ pass: Pass, _ weights: WeightStore
    ) {
        let (down, up, inner) = (adapter.down, adapter.up, pass.lowRank)
        var reduce = down.product(
            x, rows: count, depth: depth, columns: 0..<down.outputs, weights: weights, into: inner,
            scratch: pass.productScratch)
        down.format.product(&reduce)
        for row in 0..<count {
            for component in 0..<down.outputs { inner[row].base[component] *= adapter.scale }
        }
        var expand = up.product(
            inner, rows: count, depth: 0..<up.inputs,
            columns: columns.lowerBound - adapter.column..<columns.upperBound - adapter.column, weights: weights,
            into: y, scratch: pass.productScratch)
        expand.start = UnsafePointer(y.base)
        expand.start_stride = y.stride
        up.format.product(&expand)
    }
}
