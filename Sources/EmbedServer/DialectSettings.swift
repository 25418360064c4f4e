// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

/// Who may read `GET /metrics`.
package enum MetricsAccess: String, Sendable, CaseIterable {
    case open
    /// Those with a key, when keys are configured.
    case keyed
    /// Nobody: the path is unknown.
    case off
}

/// What is particular to `/v1/…`.
package struct OpenAISettings: Sendable, Equatable {
    /// What `GET /v1/models` lists.
    package var modelsFormat = ModelsFormat.openai
    /// Most inputs of a request; OpenAI's own limit is 2,048.
    package var maxInputs = 2048
    /// What happens to texts over the model's length.
    package var longTexts = LongTextPolicy.cut

    package init() {}
}

/// What is particular to the Vector Embedder's routes.
package struct VectorEmbedderSettings: Sendable, Equatable {
    /// The model of its routes; `nil` takes the server's first.
    package var model: String?
    /// Most texts of a batch.
    package var maxTexts = 100

    package init() {}
}

/// What is particular to the simple model service's routes.
package struct SimpleModelServiceSettings: Sendable, Equatable {
    /// The model of its routes; `nil` takes the server's first.
    package var model: String?

    package init() {}
}

/// What is particular to the Embeddings Generator's routes.
package struct EmbeddingsGeneratorSettings: Sendable, Equatable {
    /// The model of requests that name none; `nil` takes the server's first.
    package var model: String?
    /// Texts with more tokens than this are refused.
    package var maxTextTokens = 512
    /// What `GET /` calls the service's version; `nil` takes the program's.
    package var version: String?

    package init() {}
}

/// What `GET /info` tells beside the models.
package struct ServerFacts: Sendable, Equatable {
    /// Where models compute, such as "cpu".
    package var device = "cpu"
    /// As configured for CUDA; without meaning on a CPU.
    package var cudaMemoryFraction: Double?
    /// Most models in memory at once; `nil` is as many as are asked for.
    package var maxLoadedModels: Int?
    /// Most inputs of one forward pass.
    package var maxBatchInputs = 0
    /// Most tokens of one forward pass.
    package var maxBatchTokens = 0
    /// Most requests that wait for a model.
    package var maxConcurrentRequests = 0

    package init() {}
}

/// What `GET /v1/models` lists.
package enum ModelsFormat: String, Sendable, CaseIterable {
    /// OpenAI's objects, one a model.
    case openai
    /// All names that requests may use, as plain strings.
    case names
}
