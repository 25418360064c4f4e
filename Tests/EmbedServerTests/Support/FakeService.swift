// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Synchronization

/// A service that computes vectors nobody would mistake for real ones: component `i` of input `n` with `t` tokens is
/// `(t + i) / (n + 3)`.
final class FakeService: EmbeddingService {
    enum Behaviour: Sendable {
        case answer
        case fail(ServiceError)
        /// Wait until the task is cancelled.
        case hang
        /// Wait for `release()`.
        case hold
    }

    static let dimension = 5
    /// Bytes of a text that are not cut; a text has one token a byte, and two around it.
    static let longestText = 1000
    static let vocabularySize = 300
    static let limits = ServingLimits(maxInputsPerRequest: 2048)

    let models: [ModelStatus]
    private let behaviour: Behaviour
    private let ready: Bool
    private let seen = Mutex<[EmbeddingRequest]>([])
    private let started = AsyncStream.makeStream(of: Void.self)
    private let cancelled = AsyncStream.makeStream(of: Void.self)
    private let held = AsyncStream.makeStream(of: Void.self)

    init(_ behaviour: Behaviour = .answer, ready: Bool = true) {
        self.behaviour = behaviour
        self.ready = ready
        models = [
            ModelStatus(
                id: "sentence-transformers/fake", aliases: ["fake"], phase: ready ? .ready : .loading,
                created: 1_700_000_000)
        ]
    }

    var isReady: Bool { ready }
    var isDraining: Bool { false }
    /// The requests that got here.
    var requests: [EmbeddingRequest] { seen.withLock(\.self) }

    /// Waits until a request got here.
    func waitForRequest() async {
        for await _ in started.stream { return }
    }

    /// Waits until the task of a request was cancelled.
    func waitForCancellation() async {
        for await _ in cancelled.stream { return }
    }

    func release() { held.continuation.finish() }

    func embed(_ request: EmbeddingRequest) async throws -> EmbeddingResponse {
        seen.withLock { $0.append(request) }
        started.continuation.yield()
        switch behaviour {
        case .answer: return try answer(request)
        case .fail(let error): throw error
        case .hang:
            let forever = AsyncStream.makeStream(of: Never.self)
            for await _ in forever.stream {}
            cancelled.continuation.yield()
            throw ServiceError.cancelled
        case .hold:
            for await _ in held.stream {}
            return try answer(request)
        }
    }

    private func answer(_ request: EmbeddingRequest) throws(ServiceError) -> EmbeddingResponse {
        if let name = request.model, !models.contains(where: { $0.id == name || $0.aliases.contains(name) }) {
            throw .unknownModel(name, known: models.map(\.id))
        }
        guard !request.inputs.isEmpty else { throw .invalid(.noInputs) }
        guard request.inputs.count <= Self.limits.maxInputsPerRequest else {
            throw .invalid(
                .tooManyInputs(count: request.inputs.count, limit: Self.limits.maxInputsPerRequest))
        }
        let dimension = request.dimensions ?? Self.dimension
        guard dimension <= Self.dimension else {
            throw .invalid(.dimensions(found: dimension, modelDimension: Self.dimension))
        }
        var response = EmbeddingResponse(
            model: models[0].id, values: [], dimension: dimension, tokenCounts: [], truncatedInputs: 0)
        for (index, input) in request.inputs.enumerated() {
            let tokens = try tokenCount(input, index, &response)
            response.tokenCounts.append(tokens)
            for component in 0..<dimension {
                response.values.append(Self.component(component, input: index, tokens: tokens))
            }
        }
        return response
    }

    static func component(_ component: Int, input: Int, tokens: Int) -> Float {
        Float(tokens + component) / Float(input + 3)
    }

    private func tokenCount(
        _ input: EmbeddingInput, _ index: Int, _ response: inout EmbeddingResponse
    ) throws(ServiceError) -> Int {
        switch input {
        case .text(let text):
            if text.count > Self.longestText { response.truncatedInputs += 1 }
            return min(text.count, Self.longestText) + 2
        case .tokenIDs(let ids):
            guard !ids.isEmpty else { throw .invalid(.input(index: index, .emptyTokenIDs)) }
            if let id = ids.first(where: { $0 < 0 || $0 >= Self.vocabularySize }) {
                throw .invalid(
                    .input(index: index, .tokenOutOfVocabulary(id: id, vocabularySize: Self.vocabularySize)))
            }
            guard ids.first == 101, ids.last == 102 else {
                throw .invalid(.input(index: index, .unframedTokenIDs(prefix: [101], suffix: [102])))
            }
            return ids.count
        }
    }
}
