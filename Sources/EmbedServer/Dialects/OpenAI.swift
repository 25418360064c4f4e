// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// OpenAI's embeddings API, with what embedding-server and FastAPI services put on the same paths.
///
/// Answers are a superset: `usage` for OpenAI's clients, `dims` for embedding-server's. Errors carry OpenAI's `error`
/// object and, beside it, the `detail` of FastAPI.
struct OpenAI: Dialect {
    let name = "openai"

    let wording: any Wording = OpenAIWording()

    private let service: any EmbeddingService
    private let bodies: BodyReader
    let images: ImageInputs
    private let settings: OpenAISettings

    init(service: any EmbeddingService, bodies: BodyReader, images: ImageInputs, settings: OpenAISettings) {
        self.service = service
        self.bodies = bodies
        self.images = images
        self.settings = settings
    }

    var routes: [Route] {
        [
            Route(.post, "/v1/embeddings", handler: embeddings),
            Route(.get, "/v1/models", handler: models),
            Route(.get, "/models", handler: models),
        ]
    }

    // MARK: POST /v1/embeddings

    /// The body of a request.
    struct EmbeddingsRequest: Sendable {
        /// Only where the path is shared may it be missing.
        var model: String?
        var input: [SentInput]
        var encodingFormat: EncodingFormat
        var outputType: OutputType
        var dimensions: Int?
        var role: InputRole?
        var prompt: PromptChoice
        var usesLateChunking: Bool

        /// `user` changes nothing, and members nobody knows are ignored.
        ///
        /// Beside OpenAI's there are the members by which Voyage, Jina and text-embeddings-inference say what a text is for
        /// and what a vector is to be, and Infinity's `modality`.
        init(_ body: JSONValue, requiresModel: Bool = true, maxImageBytes: Int) throws(RequestFailure) {
            var fields = try RequestFields(body)
            let model = requiresModel ? fields.requiredString("model") : fields.optionalString("model")
            if model?.isEmpty == true {
                fields.add(
                    "string_too_short", "model", "String should have at least 1 character", body.nonNull("model"))
            }
            let areImages = fields.modality() == .image
            let input = fields.required("input").map { value in
                areImages
                    ? fields.images(value, maxByteCount: maxImageBytes)
                    : fields.inputs(value, maxImageBytes: maxImageBytes)
            }
            let (format, type, jina) = (fields.encodingFormat(), fields.outputType(), fields.embeddingType())
            if let type, let jina, type != jina.type {
                fields.add(
                    "value_error", "embedding_type", "Value error, another type than in output_dtype",
                    fields.member("embedding_type"))
            }
            dimensions = fields.optionalPositiveInt("dimensions")
            let (inputType, task) = (fields.inputType(), fields.task())
            role = inputType ?? task
            prompt = fields.promptName()
            usesLateChunking = fields.optionalBool("late_chunking") ?? false
            _ = fields.optionalString("user")
            try fields.check()
            self.model = model
            self.input = input ?? []
            encodingFormat = format ?? jina?.format ?? .float
            outputType = type ?? jina?.type ?? .float
        }

        var hasImages: Bool { input.contains(where: \.isImage) }
    }

    private func embeddings(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try await bodies.decode(request, scope) { [images] body throws(RequestFailure) in
            try EmbeddingsRequest(body, maxImageBytes: images.settings.maxByteCount)
        } keepingWhile: {
            $0.hasImages
        } then: {
            try await embeddings($0, scope)
        }
    }

    /// Answers a request that has been read, from whatever path.
    func embeddings(_ wanted: EmbeddingsRequest, _ scope: RequestScope) async throws -> Response {
        guard wanted.input.count <= settings.maxInputs else {
            throw ServiceError.invalid(.tooManyInputs(count: wanted.input.count, limit: settings.maxInputs))
        }
        let inference = Inference(service: service)
        // Nothing is fetched for a model that can't use it.
        if let first = wanted.input.firstIndex(where: \.isImage),
            try await !inference.supportsImages(wanted.model, scope)
        {
            throw ServiceError.invalid(.input(index: first, .noImages))
        }
        let result = try await images.withFiles(of: wanted.input) { inputs in
            try await inference.embed(
                EmbeddingRequest(
                    model: wanted.model, inputs: inputs, role: wanted.role, prompt: wanted.prompt,
                    dimensions: wanted.dimensions, longTexts: settings.longTexts,
                    usesLateChunking: wanted.usesLateChunking, normalization: .always),
                scope)
        }
        // The name as it was asked for, not the canonical id.
        let json = Self.embeddings(
            result, model: wanted.model ?? result.model, format: wanted.encodingFormat, type: wanted.outputType)
        return Response(json: json, of: result)
    }

    private static func embeddings(
        _ result: EmbeddingResponse, model: String, format: EncodingFormat, type: OutputType
    ) -> [UInt8] {
        // A float takes 5 1/3 characters in base64, and up to 13 as a decimal with its comma.
        let bytesPerFloat = format == .base64 ? 6 : 13
        var json = JSONWriter(reservingCapacity: result.values.count * bytesPerFloat + result.count * 80 + 256)
        json.object { json in
            json.member("object", "list")
            json.member("data") { json in
                json.array { json in
                    for index in 0..<result.count {
                        json.object { json in
                            json.member("object", "embedding")
                            json.member("index", index)
                            json.member("dims", result.dimension)
                            json.key("embedding")
                            json.vector(result.vector(index), as: type, format)
                        }
                    }
                }
            }
            json.member("model", model)
            json.member("usage") { json in
                json.object { json in
                    json.member("prompt_tokens", result.totalTokens)
                    json.member("total_tokens", result.totalTokens)
                }
            }
        }
        return json.bytes
    }

    // MARK: GET /v1/models

    private func models(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let models = await service.models
        var json = JSONWriter()
        json.object { json in
            json.member("object", "list")
            json.member("data") { json in
                json.array { json in
                    switch settings.modelsFormat {
                    case .openai:
                        for model in models { json.model(model) }
                    case .names:
                        var seen: Set<String> = []
                        for name in models.flatMap({ $0.aliases + [$0.id] }) where seen.insert(name).inserted {
                            json.string(name)
                        }
                    }
                }
            }
        }
        return Response(json: json.bytes)
    }
}

/// OpenAI's `error` object and, beside it, the `detail` of the FastAPI services on these paths.
struct OpenAIWording: Wording {
    func body(of failure: RequestFailure) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("error") { json in
                json.object { json in
                    json.member("message", failure.message)
                    json.member("type", failure.openAIType)
                    json.member("param", orNull: failure.openAIParameter)
                    json.member("code", orNull: failure.openAICode)
                }
            }
            json.member("detail") { json in
                if case .invalidFields(let faults) = failure {
                    json.faults(faults)
                } else {
                    json.string(failure.detail)
                }
            }
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func model(_ model: ModelStatus) {
        let owner = model.id.contains("/") ? model.id.prefix { $0 != "/" } : "local"
        object { json in
            json.member("id", model.id)
            json.member("object", "model")
            json.member("created", model.created)
            json.member("owned_by", String(owner))
        }
    }
}

/// OpenAI's words for failures.
extension RequestFailure {
    fileprivate var openAIType: String {
        switch status.kind {
        case .serverError: "server_error"
        default: status == .tooManyRequests ? "rate_limit_error" : "invalid_request_error"
        }
    }

    fileprivate var openAIParameter: String? {
        switch self {
        case .invalidFields(let faults): faults.first?.field
        case .service(.unknownModel), .service(.unlistedModel): "model"
        case .service(.invalid(.dimensions)): "dimensions"
        case .service(.invalid(.reading(.unknownPrompt))): "prompt_name"
        case .service(.invalid(.reading(.unknownRole))): "input_type"
        case .service(.invalid): "input"
        default: nil
        }
    }

    fileprivate var openAICode: String? {
        switch self {
        case .missingKey, .wrongKey: "invalid_api_key"
        case .service(.unknownModel), .service(.unlistedModel): "model_not_found"
        case .service(.overloaded), .bodyBudgetSpent: "rate_limit_exceeded"
        default: nil
        }
    }

    /// What the FastAPI services on these paths say.
    fileprivate var detail: String {
        switch self {
        case .unknownRoute: "Not Found"
        case .wrongMethod: "Method Not Allowed"
        case .service(.unknownModel(let name, _)): "Model '\(Self.printable(name))' does not exist"
        case .service(.invalid(.noInputs)): "input must not be empty"
        case .service(.invalid(.tooManyInputs)): "input exceeds MAX_BATCH_SIZE"
        case .service(.invalid(.input(_, .emptyTokenIDs))): "input token array must not be empty"
        case .service(.invalid(.input(_, .tooLong(let limit)))):
            "input exceeds max token limit (\(limit)). Set EMBEDDINGS_TRUNCATE_INPUTS=true to truncate."
        case .service(.invalid(.dimensions(_, let modelDimension))): "dimensions must be <= \(modelDimension)"
        default: message
        }
    }
}
