// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// Whether the server lives, and whether it can compute: for orchestrators and load balancers, never with a key.
///
/// `/health` has the fields of all the services it stands in for; `/health/ready` is 503 before the models have
/// computed their first vectors and from the signal to stop on. It stays 200 when a model is unloaded: the next request
/// loads it.
struct Health: Sendable {
    private let service: any EmbeddingService
    private let version: String
    /// The model that `/health/ready` names; `nil` is the first.
    private let model: String?
    private let start: ContinuousClock.Instant

    init(service: any EmbeddingService, configuration: ServerConfiguration, start: ContinuousClock.Instant = .now) {
        self.service = service
        version = configuration.version
        model = configuration.vectorEmbedder.model
        self.start = start
    }

    var routes: [Route] {
        [
            Route(.get, "/health", access: .everyone, handler: alive),
            Route(.get, "/health/ready", access: .everyone, handler: ready),
        ]
    }

    private func alive(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let isLoaded = await service.models.contains { $0.phase == .ready }
        var json = JSONWriter()
        json.object { json in
            json.member("status", "ok")
            json.member("version", version)
            json.member("uptime") { $0.double(((.now - start) / .milliseconds(1)).rounded() / 1000) }
            json.member("model_loaded", isLoaded)
        }
        return Response(json: json.bytes)
    }

    private func ready(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let isReady = await service.isReady
        let models = await service.models
        let named = model.map { name in models.first { $0.id == name || $0.aliases.contains(name) } } ?? models.first
        let id = model ?? named?.id ?? ""
        var json = JSONWriter()
        guard isReady else {
            json.object { json in
                json.member("status", "not_ready")
                json.member("error", "Model not loaded")
            }
            var headers = HTTPFields()
            headers.setRetryAfter(.seconds(1))
            return Response(status: .serviceUnavailable, headers: headers, json: json.bytes)
        }
        json.object { json in
            json.member("status", "ready")
            json.member("model", id.split(separator: "/").last.map(String.init) ?? id)
            json.member("supports_images", named?.supportsImages ?? false)
        }
        return Response(json: json.bytes)
    }
}
