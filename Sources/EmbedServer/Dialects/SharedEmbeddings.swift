// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import HTTPTypes
import Hummingbird

/// `POST /embeddings`, which several dialects have: told apart by the body.
///
/// `text` is the Vector Embedder's, `input` OpenAI's, `texts` the Embeddings Generator's. A body with none of them, or
/// none that can be read, is taken for the Vector Embedder's when it came with that service's `X-API-Key`.
struct SharedEmbeddings: Dialect {
    let name = "shared"
    /// Who has no key is told so before the body is read, in the words of the only one of these services with keys.
    var wording: any Wording { vectorEmbedder.wording }

    private let bodies: BodyReader
    private let vectorEmbedder: VectorEmbedder
    private let openAI: OpenAI
    private let embeddingsGenerator: EmbeddingsGenerator

    init(
        bodies: BodyReader, vectorEmbedder: VectorEmbedder, openAI: OpenAI, embeddingsGenerator: EmbeddingsGenerator
    ) {
        self.bodies = bodies
        self.vectorEmbedder = vectorEmbedder
        self.openAI = openAI
        self.embeddingsGenerator = embeddingsGenerator
    }

    var routes: [Route] { [Route(.post, "/embeddings", handler: embeddings)] }

    /// A body, read by the dialect it belongs to.
    private enum Wanted: Sendable {
        case text(Result<VectorEmbedder.TextRequest, RequestFailure>)
        case input(Result<OpenAI.EmbeddingsRequest, RequestFailure>)
        case texts(Result<EmbeddingsGenerator.TextsRequest, RequestFailure>)

        /// Most bytes of an image are OpenAI's.
        init(_ body: JSONValue, hasVectorEmbeddersKey: Bool, maxImageBytes: Int) {
            func has(_ key: String) -> Bool { body.kind == .object && body[key] != nil }
            if has("text") || (hasVectorEmbeddersKey && !has("input") && !has("texts")) {
                self = .text(Result { () throws(RequestFailure) in try VectorEmbedder.TextRequest(body) })
            } else if has("input") {
                self = .input(
                    Result { () throws(RequestFailure) in
                        try OpenAI.EmbeddingsRequest(body, requiresModel: false, maxImageBytes: maxImageBytes)
                    })
            } else {
                self = .texts(Result { () throws(RequestFailure) in try EmbeddingsGenerator.TextsRequest(body) })
            }
        }

        var hasImages: Bool {
            if case .input(.success(let wanted)) = self { wanted.hasImages } else { false }
        }
    }

    private func embeddings(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let hasVectorEmbeddersKey = request.headers.contains(.xAPIKey)
        do {
            return try await bodies.decode(request, scope) { [openAI] body throws(RequestFailure) in
                Wanted(
                    body, hasVectorEmbeddersKey: hasVectorEmbeddersKey,
                    maxImageBytes: openAI.images.settings.maxByteCount)
            } keepingWhile: {
                $0.hasImages
            } then: {
                await answer($0, scope)
            }
        } catch {
            return refusal(error, by: hasVectorEmbeddersKey ? vectorEmbedder : embeddingsGenerator, scope)
        }
    }

    private func answer(_ wanted: Wanted, _ scope: RequestScope) async -> Response {
        switch wanted {
        case .text(let wanted):
            return await answer(by: vectorEmbedder, scope) {
                try await vectorEmbedder.embeddings(wanted.get(), scope)
            }
        case .input(let wanted):
            return await answer(by: openAI, scope) { try await openAI.embeddings(wanted.get(), scope) }
        case .texts(let wanted):
            return await answer(by: embeddingsGenerator, scope) {
                try await embeddingsGenerator.embeddings(wanted.get(), scope)
            }
        }
    }

    private func answer(
        by dialect: some Dialect, _ scope: RequestScope, _ body: () async throws -> Response
    ) async -> Response {
        do {
            return try await body()
        } catch {
            return refusal(error, by: dialect, scope)
        }
    }

    private func refusal(_ error: any Error, by dialect: any Dialect, _ scope: RequestScope) -> Response {
        Response(RequestFailure(error, logger: scope.logger), dialect.wording)
    }
}
