// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Testing

@testable import EmbedServer

@Suite struct ServerMetricsTests {
    private func samples(_ metrics: ServerMetrics) -> Samples {
        Samples(String(decoding: metrics.page(), as: UTF8.self))
    }

    @Test func hasEverySeriesOfAModelOnceItIsKnown() {
        let metrics = ServerMetrics(version: "1")
        _ = metrics.observer(ofModel: "a/b")
        let samples = samples(metrics)
        #expect(samples["embedder_model_loads_total{model=\"a/b\",result=\"success\"}"] == 0)
        #expect(samples["embedder_model_loads_total{model=\"a/b\",result=\"failure\"}"] == 0)
        #expect(samples["embedder_inputs_total{model=\"a/b\"}"] == 0)
        #expect(samples["embedder_inference_seconds_bucket{model=\"a/b\",le=\"+Inf\"}"] == 0)
        #expect(samples["embedder_model_weight_bytes{model=\"a/b\"}"] == 0)
    }

    @Test func tellsOfLoadedModels() {
        let metrics = ServerMetrics(version: "1")
        let observers = ["a", "b"].map { metrics.observer(ofModel: $0) }
        for observer in observers { observer.didLoad(weightByteCount: 90, in: .milliseconds(250)) }
        observers[1].didUnload()
        observers[1].didFailToLoad()
        let samples = samples(metrics)
        #expect(samples["embedder_models_loaded"] == 1)
        #expect(samples["embedder_model_weight_bytes{model=\"a\"}"] == 90)
        #expect(samples["embedder_model_weight_bytes{model=\"b\"}"] == 0)
        #expect(samples["embedder_model_load_seconds{model=\"a\"}"] == 0.25)
        #expect(samples["embedder_model_loads_total{model=\"b\",result=\"success\"}"] == 1)
        #expect(samples["embedder_model_loads_total{model=\"b\",result=\"failure\"}"] == 1)
        #expect(samples["embedder_model_unloads_total{model=\"b\"}"] == 1)
    }

    /// A model may be loaded anew while its last requests before the unload are still computed.
    @Test func keepsTheWeightsOfAModelLoadedBeforeItsUnloadIsDone() {
        let metrics = ServerMetrics(version: "1")
        let observer = metrics.observer(ofModel: "a")
        for _ in 0..<2 { observer.didLoad(weightByteCount: 90, in: .zero) }
        observer.didUnload()
        #expect(samples(metrics)["embedder_model_weight_bytes{model=\"a\"}"] == 90)
        observer.didUnload()
        #expect(samples(metrics)["embedder_model_weight_bytes{model=\"a\"}"] == 0)
    }

    @Test func tellsOfWork() {
        let metrics = ServerMetrics(version: "1")
        let observer = metrics.observer(ofModel: "a")
        observer.didTokenize(inputs: 3, tokens: 40, truncatedInputs: 1, in: .microseconds(15))
        observer.didTokenize(inputs: 1, tokens: 2, truncatedInputs: 0, in: .microseconds(15))
        observer.didReadImages(2, in: .milliseconds(20))
        observer.queueHas(requests: 2, tokens: 42)
        observer.didWait(.milliseconds(3))
        observer.didRunBatch(inputs: 4, tokens: 42, in: .milliseconds(2))
        let samples = samples(metrics)
        #expect(samples["embedder_inputs_total{model=\"a\"}"] == 4)
        #expect(samples["embedder_tokens_total{model=\"a\"}"] == 42)
        #expect(samples["embedder_truncated_inputs_total{model=\"a\"}"] == 1)
        #expect(samples["embedder_tokenize_seconds_bucket{model=\"a\",le=\"1e-05\"}"] == 0)
        #expect(samples["embedder_tokenize_seconds_bucket{model=\"a\",le=\"2e-05\"}"] == 2)
        #expect(samples["embedder_images_total{model=\"a\"}"] == 2)
        #expect(samples["embedder_image_seconds_sum{model=\"a\"}"] == 0.02)
        #expect(samples["embedder_queue_requests{model=\"a\"}"] == 2)
        #expect(samples["embedder_queue_tokens{model=\"a\"}"] == 42)
        #expect(samples["embedder_queue_wait_seconds_sum{model=\"a\"}"] == 0.003)
        #expect(samples["embedder_batch_inputs_bucket{model=\"a\",le=\"4.0\"}"] == 1)
        #expect(samples["embedder_batch_inputs_bucket{model=\"a\",le=\"2.0\"}"] == 0)
        #expect(samples["embedder_batch_tokens_sum{model=\"a\"}"] == 42)
        #expect(samples["embedder_inference_seconds_bucket{model=\"a\",le=\"0.002\"}"] == 1)
    }

    @Test func keepsTheObserverOfAModel() {
        let metrics = ServerMetrics(version: "1")
        for _ in 0..<2 { metrics.observer(ofModel: "a").didFailToLoad() }
        #expect(samples(metrics)["embedder_model_loads_total{model=\"a\",result=\"failure\"}"] == 2)
    }

    @Test func countsModelsOverTheLimitTogether() {
        let metrics = ServerMetrics(version: "1")
        let limit = ModelFamilies.limit
        for number in 0..<limit + 5 {
            metrics.observer(ofModel: "\(number)").didTokenize(inputs: 1, tokens: 1, truncatedInputs: 0, in: .zero)
        }
        let samples = samples(metrics)
        #expect(samples.series(of: "embedder_inputs_total").count == limit + 1)
        #expect(samples["embedder_inputs_total{model=\"0\"}"] == 1)
        #expect(samples["embedder_inputs_total{model=\"_other\"}"] == 5)
        #expect(samples.series(of: "embedder_model_loads_total").count == 2 * limit + 1)
    }

    @Test func namesTheModelThatAnswered() {
        let metrics = ServerMetrics(version: "1")
        let labels = RequestLabels(model: "a/b", route: "/v1/embeddings", method: .post, status: 200)
        metrics.requests.didAnswer(labels, in: .milliseconds(2))
        let samples = samples(metrics)
        #expect(
            samples["embedder_requests_total{model=\"a/b\",route=\"/v1/embeddings\",method=\"POST\",status=\"200\"}"]
                == 1)
        #expect(samples["encode_request_processing_seconds_sum"] == 0.002)
    }
}
