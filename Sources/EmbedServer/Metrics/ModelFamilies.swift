// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics

/// What is counted for each model.
struct ModelFamilies: Sendable {
    /// Most models with series of their own; one takes about a hundred lines of the page.
    static let limit = 64

    let loaded: Family<NoLabels, Gauge>
    let loads: Family<LoadLabels, Counter>
    let unloads: Family<ModelLabel, Counter>
    let loadSeconds: Family<ModelLabel, Gauge>
    let weightBytes: Family<ModelLabel, Gauge>
    let inputs: Family<ModelLabel, Counter>
    let tokens: Family<ModelLabel, Counter>
    let truncatedInputs: Family<ModelLabel, Counter>
    let tokenizeSeconds: Family<ModelLabel, Histogram>
    let images: Family<ModelLabel, Counter>
    let imageSeconds: Family<ModelLabel, Histogram>
    let queueRequests: Family<ModelLabel, Gauge>
    let queueTokens: Family<ModelLabel, Gauge>
    let queueWaitSeconds: Family<ModelLabel, Histogram>
    let batchInputs: Family<ModelLabel, Histogram>
    let batchTokens: Family<ModelLabel, Histogram>
    let inferenceSeconds: Family<ModelLabel, Histogram>

    init() {
        loaded = Family("embedder_models_loaded", "Models in memory.") { Gauge() }
        // Success and failure of each.
        loads = Family("embedder_model_loads_total", "Loads of the model, by result.", limit: 2 * Self.limit) {
            Counter()
        }
        unloads = Self.counters("embedder_model_unloads_total", "Times the model was unloaded.")
        loadSeconds = Self.gauges("embedder_model_load_seconds", "How long the model's last load took.")
        weightBytes = Self.gauges("embedder_model_weight_bytes", "Memory of the model's weights; 0 when unloaded.")
        inputs = Self.counters("embedder_inputs_total", "Inputs tokenized.")
        tokens = Self.counters("embedder_tokens_total", "Tokens of the inputs, special ones included.")
        truncatedInputs = Self.counters("embedder_truncated_inputs_total", "Inputs cut at the model's length.")
        tokenizeSeconds = Self.histograms(
            "embedder_tokenize_seconds", "Time to tokenize the inputs of a request.", Buckets.tokenize)
        images = Self.counters("embedder_images_total", "Images decoded and resized.")
        imageSeconds = Self.histograms(
            "embedder_image_seconds", "Time to decode and resize the images of a request.", Buckets.inference)
        queueRequests = Self.gauges("embedder_queue_requests", "Requests with inputs waiting for a batch.")
        queueTokens = Self.gauges("embedder_queue_tokens", "Tokens waiting for a batch.")
        queueWaitSeconds = Self.histograms(
            "embedder_queue_wait_seconds", "Time until a request's first input left the queue.", Buckets.queueWait)
        batchInputs = Self.histograms("embedder_batch_inputs", "Inputs of a forward pass.", Buckets.batchInputs)
        batchTokens = Self.histograms("embedder_batch_tokens", "Tokens of a forward pass.", Buckets.batchTokens)
        inferenceSeconds = Self.histograms(
            "embedder_inference_seconds", "Time of a forward pass.", Buckets.inference)
    }

    var sources: [any MetricSource] {
        [
            loaded, loads, unloads, loadSeconds, weightBytes, inputs, tokens, truncatedInputs, tokenizeSeconds,
            images, imageSeconds, queueRequests, queueTokens, queueWaitSeconds, batchInputs, batchTokens,
            inferenceSeconds,
        ]
    }

    private static func counters(_ name: String, _ help: String) -> Family<ModelLabel, Counter> {
        Family(name, help, limit: limit) { Counter() }
    }

    private static func gauges(_ name: String, _ help: String) -> Family<ModelLabel, Gauge> {
        Family(name, help, limit: limit) { Gauge() }
    }

    private static func histograms(
        _ name: String, _ help: String, _ bounds: [Double]
    ) -> Family<ModelLabel, Histogram> {
        Family(name, help, limit: limit) { Histogram(bounds: bounds) }
    }
}
