// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModels
import Glibc

extension CPUExecutor {
    /// Computes sum = residual + the layer's result for the pass's columns.
    func feedForward(
        _ layer: CPUFeedForwardLayer, _ x: Rows, _ rows: Range<Int>, into sum: Rows, residual: Rows?, _ pass: Pass,
        _ weights: WeightStore
    ) {
        switch layer {
        case .one(let network):
            feedForward(network, x, rows, into: sum, residual: residual, pass, weights)
        case .experts(let experts):
            mix(experts, x, rows, into: sum, residual: residual, pass, weights)
        }
    }

    /// Computes sum = residual + down(activation(up(x))), or with the gate, a part of the intermediate at a time.
    private func feedForward(
        _ network: CPUFeedForward, _ x: Rows, _ rows: Range<Int>, into sum: Rows, residual: Rows?, _ pass: Pass,
        _ weights: WeightStore
    ) {
        let (up, down) = (network.up, network.down)
        let outputs = down.share(of: 0..<down.outputs, part: pass.part, parts: pass.parts)
        let columns = pass.parts > 1 ? up.outputs : blockColumns
        // When workers divide columns the intermediate is common to all.
        let intermediate = pass.intermediate
        for first in stride(from: 0, to: up.outputs, by: columns) {
            let inner = first..<min(first + columns, up.outputs)
            let own = up.share(of: inner, part: pass.part, parts: pass.parts)
            let target = intermediate.column(own.lowerBound - first)
            expand(up, x, rows, own, network.gate == nil ? network.activation : .identity, target, pass, weights)
            if let gate = network.gate {
                let gates = pass.gate.column(own.lowerBound - first)
                expand(gate, x, rows, own, network.activation, gates, pass, weights)
                kernels.multiply(gates, count: rows.count, size: own.count, into: target)
            }
            pass.waitForColumns()
            var reduce = down.product(
                intermediate, rows: rows.count, depth: inner, columns: outputs, weights: weights,
                into: sum.column(outputs.lowerBound), scratch: pass.productScratch)
            let start = adapted(
                down, intermediate, rows, depth: inner, outputs: outputs, into: sum, from: first == 0 ? residual : sum,
                pass, weights)
            if let start {
                reduce.start = UnsafePointer(start.base + outputs.lowerBound)
                reduce.start_stride = start.stride
            }
            if first == 0 { reduce.bias = down.bias(from: outputs.lowerBound, weights: weights) }
            down.format.product(&reduce)
        }
    }

    /// Computes y = activation(b + x Wᵀ) for the outputs `columns`.
    private func expand(
        _ matrix: PackedMatrix, _ x: Rows, _ rows: Range<Int>, _ columns: Range<Int>, _ activation: Activation,
        _ y: Rows, _ pass: Pass, _ weights: WeightStore
    ) {
        var job = matrix.product(
            x, rows: rows.count, depth: 0..<matrix.inputs, columns: columns, weights: weights, into: y,
            scratch: pass.productScratch)
        let start = adapted(
            matrix, x, rows, depth: 0..<matrix.inputs, outputs: columns, into: y, from: nil, pass, weights)
        job.start = start.map { UnsafePointer($0.base) }
        job.start_stride = start?.stride ?? 0
        job.bias = matrix.bias(from: columns.lowerBound, weights: weights)
        job.activation = activation.kernelActivation
        matrix.format.product(&job)
    }

    /// Computes sum = residual + bias + Σ probability · expert(x) over each row's chosen experts.
    ///
    /// Each expert computes the rows that chose it one after the other, so that its weights are read once. Tasks add
    /// nothing to experts: no model has both.
    private func mix(
        _ experts: CPUExperts, _ x: Rows, _ rows: Range<Int>, into sum: Rows, residual: Rows?, _ pass: Pass,
        _ weights: WeightStore
    ) {
        precondition(pass.parts == 1, "experts take whole rows: BatchPlan divides no columns for them")
        let probabilities = pass.probabilities
        product(experts.router, x, rows, into: probabilities, pass, weights)
        for row in 0..<rows.count {
            Self.choose(experts.chosen, of: experts.networks.count, probabilities[row].base)
            let target = sum[row].base
            if let residual {
                if residual.base != sum.base { target.update(from: residual[row].base, count: hiddenSize) }
            } else {
                target.update(repeating: 0, count: hiddenSize)
            }
            if let bias = experts.bias { kernels.addScaled(weights[bias], by: 1, count: hiddenSize, to: target) }
        }
        for (expert, network) in experts.networks.enumerated() {
            // What is undefined must come out again, so that it isn't taken for a row that chose no expert.
            let choosers = (0..<rows.count).filter { probabilities[$0].base[expert] != 0 }
            guard !choosers.isEmpty else { continue }
            for (place, row) in choosers.enumerated() {
                pass.expertInput[place].base.update(from: x[row].base, count: hiddenSize)
            }
            feedForward(
                network, pass.expertInput, 0..<choosers.count, into: pass.expertOutput, residual: nil, pass, weights)
            for (place, row) in choosers.enumerated() {
                kernels.addScaled(
                    pass.expertOutput[place].base, by: probabilities[row].base[expert], count: hiddenSize,
                    to: sum[row].base)
            }
        }
    }

    /// Turns scores into probabilities, and all but the `chosen` largest of these into zeros; of equal ones the first
    /// stays.
    private static func choose(_ chosen: Int, of count: Int, _ scores: UnsafeMutablePointer<Float>) {
        let scores = UnsafeMutableBufferPointer(start: scores, count: count)
        let largest = scores.max() ?? 0
        for index in scores.indices { scores[index] = expf(scores[index] - largest) }
        let sum = scores.reduce(0, +)
        for index in scores.indices { scores[index] /= sum }
        let ranked = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
        for index in ranked.dropFirst(chosen) { scores[index] = 0 }
    }
}
