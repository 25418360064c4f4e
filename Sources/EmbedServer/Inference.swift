// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import HTTPTypes
import Hummingbird

/// What every dialect does with a request for a model's work, once it has read it.
struct Inference: Sendable {
    let service: any EmbeddingService

    /// Computes the vectors while the client is there.
    ///
    /// - Throws: ``ServiceError``.
    func embed(_ request: EmbeddingRequest, _ scope: RequestScope) async throws -> EmbeddingResponse {
        let response = try await scope.client.whilePresent { try await service.embed(request) }
        scope.facts.model = response.model
        scope.facts.truncatedInputs = response.truncatedInputs
        return response
    }

    /// Whether the model called so, or the first one, embeds images; loaded for the answer if nobody knows.
    ///
    /// - Throws: ``ServiceError``.
    func supportsImages(_ model: String?, _ scope: RequestScope) async throws -> Bool {
        let models = await service.models
        let known = model.map { name in models.first { $0.id == name || $0.aliases.contains(name) } } ?? models.first
        if let known, known.supportsImages || known.phase == .ready { return known.supportsImages }
        guard let name = model ?? known?.id else { return false }
        return try await scope.client.whilePresent { try await service.load(name, keepAlive: nil) }.supportsImages
    }

    /// The tokens of texts.
    ///
    /// - Throws: ``ServiceError``.
    func tokenize(_ request: TokenizeRequest, _ scope: RequestScope) async throws -> [[Token]] {
        let response = try await scope.client.whilePresent { try await service.tokenize(request) }
        scope.facts.model = response.model
        return response.texts
    }
}

extension Response {
    /// An answer of vectors: says in its header how many inputs were not embedded whole.
    init(json: [UInt8], of result: EmbeddingResponse) {
        self.init(json: json)
        if result.truncatedInputs > 0 { headers[.truncatedInputs] = "\(result.truncatedInputs)" }
    }
}
