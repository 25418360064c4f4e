// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import Hummingbird

/// `GET /info`: what is served and how, under the names of text-embeddings-inference and of the OpenAI-compatible
/// service.
///
/// The members at the top are those of the first model; `models` has all of them. With keys it needs one.
struct Information: Sendable {
    private let service: any EmbeddingService
    private let configuration: ServerConfiguration

    init(service: any EmbeddingService, configuration: ServerConfiguration) {
        self.service = service
        self.configuration = configuration
    }

    var routes: [Route] { [Route(.get, "/info", handler: information)] }

    private func information(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let models = await service.models
        var json = JSONWriter()
        json.object { json in
            if let first = models.first { write(first, to: &json) }
            json.member("version", configuration.version)
            write(configuration, to: &json)
            json.member("max_input_tokens") { $0.int(orNull: models.first?.description?.maxInputTokens) }
            json.member("supported_models") { json in
                json.array { json in
                    for model in models { json.string(model.id) }
                }
            }
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

    private func write(_ configuration: ServerConfiguration, to json: inout JSONWriter) {
        let facts = configuration.facts
        json.member("service", "embeddings")
        json.member("device", facts.device)
        json.member("cuda_memory_fraction") { json in
            if let fraction = facts.cudaMemoryFraction { json.double(fraction) } else { json.null() }
        }
        json.member("max_loaded_models") { $0.int(orNull: facts.maxLoadedModels) }
        json.member("max_batch_size", configuration.openAI.maxInputs)
        json.member("max_client_batch_size", configuration.openAI.maxInputs)
        json.member("max_batch_requests", facts.maxBatchInputs)
        json.member("max_batch_tokens", facts.maxBatchTokens)
        json.member("max_concurrent_requests", facts.maxConcurrentRequests)
        json.member("truncate_long_inputs", configuration.openAI.longTexts == .cut)
        json.member("auto_truncate", configuration.openAI.longTexts == .cut)
    }

    /// A model that is not loaded has no more than its names.
    private func write(_ model: ModelStatus, to json: inout JSONWriter) {
        json.member("model_id", model.id)
        json.member("served_model_name", model.id)
        json.member("is_loaded", model.phase == .ready)
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
        json.member("prompts") { json in
            json.object { json in
                for (name, text) in description.prompts.sorted(by: { $0.key < $1.key }) { json.member(name, text) }
            }
        }
        json.member("default_prompt_name", orNull: description.defaultPromptName)
        // What sentence-transformers takes where no file says so.
        json.member("similarity_fn_name", description.similarityFunction ?? "cosine")
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
