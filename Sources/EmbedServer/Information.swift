// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import Hummingbird

/// `GET /info`: what is served and how, under text-embeddings-inference's names.
///
/// The members at the top are those of the first model; `models` has all of them. With keys it needs one.
struct Information: Sendable {
    private let service: any EmbeddingService
    private let version: String

    init(service: any EmbeddingService, version: String) {
        self.service = service
        self.version = version
    }

    var routes: [Route] { [Route(.get, "/info", handler: information)] }

    private func information(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let models = await service.models
        var json = JSONWriter()
        json.object { json in
            if let first = models.first { write(first, to: &json) }
            json.member("version", version)
            json.member("models") { json in
                json.array { json in
                    for model in models {
                        json.object { json in write(model, to: &json) }
                    }
                }
            }
        }
        return Response(json: json.bytes)
    }

    /// A model that still loads has no more than its name.
    private func write(_ model: ModelStatus, to json: inout JSONWriter) {
        json.member("model_id", model.id)
        guard let description = model.description else { return }
        json.member("model_dtype", "\(description.weightType)")
        json.member("model_type") { json in
            json.object { json in
                json.member("embedding") { json in
                    json.object { json in json.member("pooling", description.pooling.joined(separator: "+")) }
                }
            }
        }
        json.member("max_input_length", description.maxInputTokens)
        json.member("dimension", description.dimension)
        json.member("weight_bytes", description.weightByteCount)
        json.member("arithmetic", description.arithmetic)
        json.member("cosine_to_float32") { json in
            guard let fidelity = description.fidelity else { return json.null() }
            json.object { json in
                json.member("worst") { $0.double(fidelity.worstCosine) }
                json.member("mean") { $0.double(fidelity.meanCosine) }
            }
        }
    }
}
