// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// The Embeddings Generator: lists of texts, and models that are loaded and unloaded by request.
///
/// `POST /embeddings` is shared with other dialects: see ``SharedEmbeddings``. `GET /health` is everyone's: see
/// ``Health``.
struct EmbeddingsGenerator: Dialect {
    let name = "embeddings-generator"
    let wording: any Wording = EmbeddingsGeneratorWording()

    private let service: any EmbeddingService
    private let settings: EmbeddingsGeneratorSettings
    private let version: String
    private let servesDocumentation: Bool

    /// Most texts of a request; fixed by the contract.
    private static let maxTexts = 100

    init(service: any EmbeddingService, configuration: ServerConfiguration) {
        self.service = service
        settings = configuration.embeddingsGenerator
        version = settings.version ?? configuration.version
        servesDocumentation = configuration.servesDocumentation
    }

    var routes: [Route] {
        [
            Route(.get, "/", access: .everyone, handler: root),
            Route(.get, "/model/info", handler: info),
            Route(.post, "/model/load", handler: load),
            Route(.post, "/model/unload", handler: unload),
        ]
    }

    // MARK: POST /embeddings

    /// The body of a request for vectors.
    struct TextsRequest: Sendable {
        var texts: [EmbeddingInput]
        var model: String?
        var normalizes: Bool

        /// `batch_size` must be one, and changes nothing: batches are made of what all clients ask for.
        init(_ body: JSONValue) throws(RequestFailure) {
            var fields = try RequestFields(body)
            let texts = fields.requiredTexts("texts")
            if let list = body["texts"], list.kind == .array {
                fields.checkCount(list, 1...EmbeddingsGenerator.maxTexts, "texts")
            }
            model = fields.optionalString("model_name")
            normalizes = fields.optionalBool("normalize") ?? true
            _ = fields.optionalPositiveInt("batch_size")
            try fields.check()
            self.texts = texts.map { .text($0) }
        }
    }

    /// Answers with all vectors, and how long it took.
    func embeddings(_ wanted: TextsRequest, _ scope: RequestScope) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await Inference(service: service).embed(
            EmbeddingRequest(
                model: wanted.model ?? settings.model, inputs: wanted.texts,
                longTexts: .cutUpTo(tokens: settings.maxTextTokens),
                normalization: wanted.normalizes ? .always : .model),
            scope)
        let seconds = (clock.now - start) / .seconds(1)
        var json = JSONWriter(reservingCapacity: result.values.count * 13 + 256)
        json.object { json in
            json.member("embeddings") { json in
                json.array { json in
                    for index in 0..<result.count { json.array(of: result.vector(index)) }
                }
            }
            json.member("model_name", wanted.model ?? result.model)
            json.member("dimensions", result.dimension)
            json.member("processing_time") { $0.double((seconds * 1e6).rounded() / 1e6) }
            json.member("total_texts", result.count)
        }
        return Response(json: json.bytes, of: result)
    }

    // MARK: GET /

    /// What this is; browsers are sent to the documentation.
    private func root(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let wantsPage = request.headers[values: .accept].contains { $0.lowercased().contains("text/html") }
        if wantsPage, servesDocumentation {
            return Response(status: .temporaryRedirect, headers: [.location: "/docs"])
        }
        var json = JSONWriter()
        json.object { json in
            json.member("message", "Embeddings Generator API")
            json.member("version", version)
            json.member("docs", "/docs")
            json.member("health", "/health")
        }
        return Response(json: json.bytes)
    }

    // MARK: /model/…

    /// Tells of the model in memory that was used last.
    private func info(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let last = await service.models.filter { $0.description != nil }.max { $0.lastUse < $1.lastUse }
        guard let last, let description = last.description else { throw RequestFailure.noModelLoaded }
        var json = JSONWriter()
        json.object { json in
            json.member("model_name", last.id)
            json.member("model_type", "sentence-transformer")
            json.member("max_sequence_length", description.maxInputTokens)
            json.member("embedding_dimensions", description.dimension)
            json.member("is_loaded", true)
        }
        return Response(json: json.bytes)
    }

    private func load(_ request: Request, _ scope: RequestScope) async throws -> Response {
        guard let name = request.uri.queryParameters["model_name"].map(String.init) else {
            throw RequestFailure.invalidFields([
                FieldFault(
                    part: .query, type: "missing", path: [.key("model_name")], message: "Field required",
                    found: .nothing)
            ])
        }
        let keepAlive = try keepAlive(request)
        let status = try await scope.client.whilePresent { try await service.load(name, keepAlive: keepAlive) }
        scope.facts.model = status.id
        return message("Model \(RequestFailure.printable(name)) loaded successfully")
    }

    /// How long the model is to stay in memory unused, as Ollama's clients say it; `nil` is what the server has set.
    private func keepAlive(_ request: Request) throws(RequestFailure) -> KeepAlive? {
        guard let text = request.uri.queryParameters["keep_alive"].map(String.init) else { return nil }
        guard let keepAlive = KeepAlive(text) else {
            throw .invalidFields([
                FieldFault(
                    part: .query, type: "time_delta_parsing", path: [.key("keep_alive")],
                    message: "Input should be a time such as 5m or a number of seconds", found: .kind(.string))
            ])
        }
        return keepAlive
    }

    /// Frees one model's memory, or that of all.
    private func unload(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try await service.unload(request.uri.queryParameters["model_name"].map(String.init))
        return message("Model unloaded successfully")
    }

    private func message(_ text: String) -> Response {
        var json = JSONWriter()
        json.object { $0.member("message", text) }
        return Response(json: json.bytes)
    }
}

/// FastAPI's wording with this service's sentences.
struct EmbeddingsGeneratorWording: Wording {
    private let base = FastAPIWording()

    func reading(_ failure: RequestFailure) -> RequestFailure { base.reading(failure) }

    func body(of failure: RequestFailure) -> [UInt8] {
        var json = JSONWriter()
        switch failure {
        case .service(.invalid(.input(let index, .tooLong(let limit)))):
            json.object { json in
                json.member("detail", "Text at index \(index) exceeds maximum length of \(limit) tokens")
            }
        case .service(.unknownModel(let name, _)), .service(.modelFailed(let name, _)):
            json.object { json in
                json.member(
                    "detail", "Failed to load model \(RequestFailure.printable(name)): \(failure.message)")
            }
        case .unexpected, .service(.deviceFailed):
            json.object { json in
                json.member("error", "Internal server error")
                json.member("detail", orNull: nil)
                json.member("status_code", 500)
            }
        default: return base.body(of: failure)
        }
        return json.bytes
    }
}

extension RequestFields {
    /// Adds a fault when the list `key` has too few or too many elements.
    fileprivate mutating func checkCount(_ list: JSONValue, _ range: ClosedRange<Int>, _ key: String) {
        if list.count < range.lowerBound {
            add(
                "too_short", key,
                "List should have at least \(range.lowerBound) item after validation, not \(list.count)", list)
        } else if list.count > range.upperBound {
            add(
                "too_long", key,
                "List should have at most \(range.upperBound) items after validation, not \(list.count)", list)
        }
    }
}
