// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import HTTPTypes
import Hummingbird

/// What every dialect does with a request for vectors, once it has read it.
struct Inference: Sendable {
    let service: any EmbeddingService

    /// Computes the vectors while the client is there.
    ///
    /// - Throws: ``ServiceError``.
    func embed(_ request: EmbeddingRequest, _ scope: RequestScope) async throws -> EmbeddingResponse {
        let response = try await scope.client.whilePresent { try await service.embed(request) }
        scope.facts.model = response.model
        return response
    }
}

extension Response {
    /// An answer of vectors: says in its header how many inputs were not embedded whole.
    init(json: [UInt8], of result: EmbeddingResponse) {
        self.init(json: json)
        if result.truncatedInputs > 0 { headers[.truncatedInputs] = "\(result.truncatedInputs)" }
    }
}
