// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct MetricsPageTests {
    private static let request = #"{"model":"fake","input":"a"}"#
    /// Names are promises: dashboards are made of them.
    private static let families: [(String, String)] = [
        ("embedder_build_info", "gauge"), ("embedder_requests_total", "counter"),
        ("embedder_request_seconds", "histogram"), ("embedder_requests_in_flight", "gauge"),
        ("encode_request_processing_seconds", "summary"), ("encode_request_processing_seconds_created", "gauge"),
        ("embedder_models_loaded", "gauge"), ("embedder_model_loads_total", "counter"),
        ("embedder_model_unloads_total", "counter"), ("embedder_model_load_seconds", "gauge"),
        ("embedder_model_weight_bytes", "gauge"), ("embedder_inputs_total", "counter"),
        ("embedder_tokens_total", "counter"), ("embedder_truncated_inputs_total", "counter"),
        ("embedder_tokenize_seconds", "histogram"), ("embedder_images_total", "counter"),
        ("embedder_image_seconds", "histogram"), ("embedder_queue_requests", "gauge"),
        ("embedder_queue_tokens", "gauge"), ("embedder_queue_wait_seconds", "histogram"),
        ("embedder_batch_inputs", "histogram"), ("embedder_batch_tokens", "histogram"),
        ("embedder_inference_seconds", "histogram"), ("process_cpu_seconds_total", "counter"),
        ("process_resident_memory_bytes", "gauge"), ("process_virtual_memory_bytes", "gauge"),
        ("process_start_time_seconds", "gauge"), ("process_open_fds", "gauge"), ("process_max_fds", "gauge"),
    ]

    @Test func hasEveryFamilyFromTheStart() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().get("/metrics")
            #expect(response.status == 200)
            #expect(response.header["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let samples = Samples(response.text)
            #expect(samples.types == Dictionary(uniqueKeysWithValues: Self.families))
            #expect(samples["embedder_build_info{version=\"1.2.3\"}"] == 1)
            #expect(samples["encode_request_processing_seconds_count"] == 0)
            #expect(samples["embedder_models_loaded"] == 0)
            // This very request.
            #expect(samples["embedder_requests_in_flight"] == 1)
            for (name, _) in Self.families {
                #expect(response.text.components(separatedBy: "# HELP \(name) ").count == 2)
            }
        }
    }

    @Test func answersHeadWithoutAPage() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().get("/metrics", method: "HEAD")
            #expect(response.status == 200)
            #expect(response.header["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    @Test func countsEachRequestOnce() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            for _ in 0..<3 { _ = try await client.post(Self.request) }
            let samples = try await client.samples()
            let labels = "model=\"sentence-transformers/fake\",route=\"/v1/embeddings\",method=\"POST\",status=\"200\""
            #expect(samples["embedder_requests_total{\(labels)}"] == 3)
            #expect(samples["embedder_request_seconds_count{route=\"/v1/embeddings\"}"] == 3)
            #expect(samples["encode_request_processing_seconds_count"] == 3)
            #expect(try #require(samples["encode_request_processing_seconds_sum"]) > 0)

            _ = try await client.post(Self.request)
            _ = try await client.get("/health")
            #expect(try await client.samples()["encode_request_processing_seconds_count"] == 4)
        }
    }

    @Test func countsFailuresByStatus() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            _ = try await client.post(Self.request)
            _ = try await client.get("/v1/embeddings", header: "x-api-key: k\r\n")
            let samples = try await client.samples()
            let name = "embedder_requests_total{model=\"\",route=\"/v1/embeddings\""
            #expect(samples["\(name),method=\"POST\",status=\"401\"}"] == 1)
            #expect(samples["\(name),method=\"GET\",status=\"405\"}"] == 1)
        }
    }

    @Test func countsWhatCannotBeRead() async throws {
        try await TestServer.run { server in
            let broken = try await server.connect()
            try await broken.send("what is this\r\n\r\n")
            #expect(try await broken.response().status == 400)
            let samples = try await server.connect().samples()
            #expect(
                samples["embedder_requests_total{model=\"\",route=\"unknown\",method=\"other\",status=\"400\"}"] == 1)
        }
    }

    @Test func staysBoundedWhateverPathsAndMethodsCome() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            for number in 0..<100 { _ = try await client.get("/planted/\(number)?planted=\(number)") }
            for method in ["PROPFIND", "LOCK", "MKCALENDAR", "UNSUBSCRIBE", "TRACE"] {
                _ = try await client.get("/v1/models", method: method)
            }
            let samples = try await client.samples()
            let name = "embedder_requests_total{model=\"\""
            #expect(samples["\(name),route=\"unknown\",method=\"GET\",status=\"404\"}"] == 100)
            #expect(samples["\(name),route=\"/v1/models\",method=\"other\",status=\"405\"}"] == 5)
            #expect(samples.series(of: "embedder_requests_total").count == 2)
        }
    }

    @Test func addsNoSeriesForUnknownModels() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            _ = try await client.post(#"{"model":"planted","input":"a"}"#)
            _ = try await client.samples()
            let before = Set(try await client.samples().values.keys)
            for number in 0..<1000 { _ = try await client.post(#"{"model":"planted\#(number)","input":"a"}"#) }
            let samples = try await client.samples()
            #expect(Set(samples.values.keys) == before)
            #expect(samples["encode_request_processing_seconds_count"] == 1001)
        }
    }

    @Test func neverHoldsKeysOrTexts() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["planted-key"] }) { server in
            let client = try await server.connect()
            for key in ["planted-key", "planted-wrong"] {
                for body in [#"{"model":"fake","input":"planted"}"#, #"{"model":"planted","input":"planted"}"#] {
                    _ = try await client.post(body, header: "x-api-key: \(key)\r\nx-request-id: planted\r\n")
                }
                _ = try await client.get("/planted?planted=planted", header: "authorization: Bearer planted\r\n")
            }
            #expect(!(try await client.get("/metrics").text.contains("planted")))
        }
    }

    @Test(arguments: [(MetricsAccess.open, 200, 200), (.keyed, 401, 200), (.off, 404, 404)])
    func isForWhomItIsSetTo(access: MetricsAccess, withoutKey: Int, withKey: Int) async throws {
        try await TestServer.run(configure: {
            $0.apiKeys = ["k"]
            $0.metricsAccess = access
        }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/metrics").status == withoutKey)
            #expect(try await client.get("/metrics", header: "x-api-key: k\r\n").status == withKey)
        }
    }
}
