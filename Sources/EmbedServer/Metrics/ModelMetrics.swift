// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import EmbedServing
import Synchronization

/// Counts what happens to one model; all its series are there from the start.
final class ModelMetrics: ModelObserver {
    /// How often the model is in memory: twice while it is loaded anew before its last requests are done.
    private let copies = Atomic<Int>(0)
    private let loaded: Gauge
    private let loads: Counter
    private let failedLoads: Counter
    private let unloads: Counter
    private let loadSeconds: Gauge
    private let weightBytes: Gauge
    private let inputs: Counter
    private let tokens: Counter
    private let truncatedInputs: Counter
    private let tokenizeSeconds: Histogram
    private let images: Counter
    private let imageSeconds: Histogram
    private let queueRequests: Gauge
    private let queueTokens: Gauge
    private let queueWaitSeconds: Histogram
    private let batchInputs: Histogram
    private let batchTokens: Histogram
    private let inferenceSeconds: Histogram

    init(model id: String, of families: ModelFamilies) {
        let label = ModelLabel(model: id)
        loaded = families.loaded.only
        loads = families.loads.series(LoadLabels(model: id, result: .success))
        failedLoads = families.loads.series(LoadLabels(model: id, result: .failure))
        unloads = families.unloads.series(label)
        loadSeconds = families.loadSeconds.series(label)
        weightBytes = families.weightBytes.series(label)
        inputs = families.inputs.series(label)
        tokens = families.tokens.series(label)
        truncatedInputs = families.truncatedInputs.series(label)
        tokenizeSeconds = families.tokenizeSeconds.series(label)
        images = families.images.series(label)
        imageSeconds = families.imageSeconds.series(label)
        queueRequests = families.queueRequests.series(label)
        queueTokens = families.queueTokens.series(label)
        queueWaitSeconds = families.queueWaitSeconds.series(label)
        batchInputs = families.batchInputs.series(label)
        batchTokens = families.batchTokens.series(label)
        inferenceSeconds = families.inferenceSeconds.series(label)
    }

    func didLoad(weightByteCount: Int, in duration: Duration) {
        loads.increment()
        loadSeconds.set(duration / .seconds(1))
        copies.add(1, ordering: .relaxed)
        weightBytes.set(Double(weightByteCount))
        loaded.add(1)
    }

    func didFailToLoad() {
        failedLoads.increment()
    }

    func didUnload() {
        unloads.increment()
        if copies.subtract(1, ordering: .relaxed).newValue <= 0 { weightBytes.set(0) }
        loaded.add(-1)
    }

    func didTokenize(inputs: Int, tokens: Int, truncatedInputs: Int, in duration: Duration) {
        self.inputs.increment(by: inputs)
        self.tokens.increment(by: tokens)
        self.truncatedInputs.increment(by: truncatedInputs)
        tokenizeSeconds.observe(duration / .seconds(1))
    }

    func didReadImages(_ count: Int, in duration: Duration) {
        images.increment(by: count)
        imageSeconds.observe(duration / .seconds(1))
    }

    func queueHas(requests: Int, tokens: Int) {
        queueRequests.set(Double(requests))
        queueTokens.set(Double(tokens))
    }

    func didWait(_ duration: Duration) {
        queueWaitSeconds.observe(duration / .seconds(1))
    }

    func didRunBatch(inputs: Int, tokens: Int, in duration: Duration) {
        batchInputs.observe(Double(inputs))
        batchTokens.observe(Double(tokens))
        inferenceSeconds.observe(duration / .seconds(1))
    }
}
