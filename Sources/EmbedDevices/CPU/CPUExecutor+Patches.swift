// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels

extension CPUExecutor {
    /// Computes states = norm(class token or product of a patch, + position) for the pass's rows.
    func embed(_ patches: CPUPatchEmbeddings, _ pass: Pass, weights: WeightStore) {
        for sequence in pass.sequences {
            let rows = sequence.rows.clamped(to: pass.rows)
            if let classToken = patches.classToken, rows.contains(sequence.rows.lowerBound) {
                let state = pass.states[sequence.rows.lowerBound].base
                state.update(from: weights[classToken], count: hiddenSize)
                kernels.addScaled(weights[patches.positions], by: 1, count: hiddenSize, to: state)
            }
            let own = rows.clamped(to: sequence.rows.lowerBound + patches.firstPatch..<sequence.rows.upperBound)
            for first in stride(from: own.lowerBound, to: own.upperBound, by: blockRows) {
                project(patches, sequence, first..<min(first + blockRows, own.upperBound), pass, weights)
            }
        }
        if pass.parts > 1 {
            // By way of `sum`: workers that divide columns each have all states, but compute some of the columns only.
            pass.waitForColumns()
            for sequence in pass.sequences {
                let first = sequence.rows.lowerBound + patches.firstPatch
                copy(pass.buffers.sum[first], count: patches.patchCount, to: pass.states[first])
            }
        }
        if let norm = patches.norm { finish(norm, pass, weights: weights) }
    }

    /// Computes the pass's columns of the products of the patches that stand at `rows`, a part of their numbers at a time.
    private func project(
        _ patches: CPUPatchEmbeddings, _ sequence: Pass.Sequence, _ rows: Range<Int>, _ pass: Pass,
        _ weights: WeightStore
    ) {
        let projection = patches.projection
        let columns = projection.share(of: 0..<projection.outputs, part: pass.part, parts: pass.parts)
        let place = rows.lowerBound - sequence.rows.lowerBound
        let numbers = sequence.patches + (place - patches.firstPatch) * projection.inputs
        guard let source = pass.input.patches.baseAddress, !columns.isEmpty else { return }
        // Only read.
        let x = Rows(base: UnsafeMutablePointer(mutating: source + numbers), stride: projection.inputs)
        let target = (pass.parts > 1 ? pass.buffers.sum : pass.states)[rows.lowerBound].column(columns.lowerBound)
        for first in stride(from: 0, to: projection.inputs, by: blockColumns) {
            let depth = first..<min(first + blockColumns, projection.inputs)
            var job = projection.product(
                x.column(first), rows: rows.count, depth: depth, columns: columns, weights: weights, into: target,
                scratch: pass.productScratch)
            if first == 0 {
                job.start = weights[patches.positions] + place * hiddenSize + columns.lowerBound
                job.start_stride = hiddenSize
                job.bias = projection.bias(from: columns.lowerBound, weights: weights)
            } else {
                job.start = UnsafePointer(target.base)
                job.start_stride = target.stride
            }
            projection.format.product(&job)
        }
    }
}
