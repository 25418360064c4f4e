// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModels
import EmbedServing
import Synchronization

@testable import EmbedEngine

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

    private static let id = "sentence-transformers/fake"
    private let isLoaded: Mutex<Bool>
    private let behaviour: Behaviour
    private let ready: Bool
    private let seen = Mutex<[EmbeddingRequest]>([])
    private let loads = Mutex<[KeepAlive?]>([])
    private let started = AsyncStream.makeStream(of: Void.self)
    private let cancelled = AsyncStream.makeStream(of: Void.self)
    private let held = AsyncStream.makeStream(of: Void.self)

    init(_ behaviour: Behaviour = .answer, ready: Bool = true) {
        self.behaviour = behaviour
        self.ready = ready
        isLoaded = Mutex(ready)
    }

    var models: [ModelStatus] {
        let isLoaded = isLoaded.withLock(\.self)
        return [
            ModelStatus(
                id: Self.id, aliases: ["fake"], phase: isLoaded ? .ready : .unloaded, created: 1_700_000_000,
                description: isLoaded ? Self.description : nil)
        ]
    }

    private static let description = ModelDescription(
        architecture: "FakeModel", dimension: dimension, fullDimension: dimension,
        maxInputTokens: longestText + 2,
        vocabularySize: vocabularySize, pooling: ["mean"], isNormalized: false, weightType: .float32,
        arithmetic: "float32", weightByteCount: 12, operations: Operations(perToken: 1, perPair: [.full: 1]))

    var isReady: Bool { ready }
    var isDraining: Bool { false }
    /// The requests that got here.
    var requests: [EmbeddingRequest] { seen.withLock(\.self) }

    /// How long models that were loaded by request were to stay.
    var keepAlives: [KeepAlive?] { loads.withLock(\.self) }

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

    func tokenize(_ request: TokenizeRequest) async throws -> TokenizeResponse {
        try check(request.model)
        let (first, last) = (Token(id: 101, text: "[CLS]", range: nil), Token(id: 102, text: "[SEP]", range: nil))
        if let name = request.promptName, name != "query" {
            throw ServiceError.invalid(.reading(.unknownPrompt(name, known: ["query"])))
        }
        let prompt = Array((request.promptName == nil ? "" : "q:").utf8)
        let texts = request.texts.map { text in
            let tokens = (prompt + text).enumerated().map { index, byte in
                Token(id: Int32(byte), text: String(UnicodeScalar(byte)), range: index..<index + 1)
            }
            return request.addsSpecialTokens ? [first] + tokens + [last] : tokens
        }
        return TokenizeResponse(model: Self.id, texts: texts)
    }

    func load(_ name: String, keepAlive: KeepAlive?) async throws -> ModelStatus {
        try check(name)
        loads.withLock { $0.append(keepAlive) }
        if case .fail(let error) = behaviour { throw error }
        isLoaded.withLock { $0 = true }
        return models[0]
    }

    func unload(_ name: String?) async throws {
        try check(name)
        isLoaded.withLock { $0 = false }
    }

    private func check(_ name: String?) throws(ServiceError) {
        if let name, !models.contains(where: { $0.id == name || $0.aliases.contains(name) }) {
            throw .unknownModel(name, known: models.map(\.id))
        }
    }

    private func answer(_ request: EmbeddingRequest) throws(ServiceError) -> EmbeddingResponse {
        try check(request.model)
        isLoaded.withLock { $0 = true }
        guard !request.inputs.isEmpty else { throw .invalid(.noInputs) }
        guard request.inputs.count <= Self.limits.maxInputsPerRequest else {
            throw .invalid(
                .tooManyInputs(count: request.inputs.count, limit: Self.limits.maxInputsPerRequest))
        }
        if case .named(let name) = request.prompt, name != "query" {
            throw .invalid(.reading(.unknownPrompt(name, known: ["query"])))
        }
        let dimension = request.dimensions ?? Self.dimension
        guard dimension <= Self.dimension else {
            throw .invalid(.dimensions(found: dimension, modelDimension: Self.dimension))
        }
        var response = EmbeddingResponse(
            model: Self.id, values: [], dimension: dimension, tokenCounts: [], truncatedInputs: 0)
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
