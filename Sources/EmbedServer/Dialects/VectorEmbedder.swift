// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedImages
import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// The Vector Embedder Microservice: one text or a batch, each vector in a list of its own.
///
/// Long texts are embedded in parts and their vectors averaged. `POST /embeddings` is shared with other dialects: see
/// ``SharedEmbeddings``. Its health routes are everyone's: see ``Health``.
struct VectorEmbedder: Dialect {
    let name = "vector-embedder"
    let wording: any Wording = VectorEmbedderWording()

    private let service: any EmbeddingService
    private let bodies: BodyReader
    private let images: ImageSettings
    private let settings: VectorEmbedderSettings

    init(
        service: any EmbeddingService, bodies: BodyReader, images: ImageSettings, settings: VectorEmbedderSettings
    ) {
        self.service = service
        self.bodies = bodies
        self.images = images
        self.settings = settings
    }

    var routes: [Route] {
        [
            Route(.post, "/embeddings/batch", handler: batch),
            Route(.post, "/embeddings/image", handler: image),
            Route(.post, "/embeddings/image/batch", handler: imageBatch),
        ]
    }

    // MARK: POST /embeddings

    /// The body of a request for one text.
    struct TextRequest: Sendable {
        var text: [UInt8]

        init(_ body: JSONValue) throws(RequestFailure) {
            guard let value = body["text"], !value.isFalsy else { throw .refused("Text is required") }
            guard let text = value.utf8 else { throw .refused("Text must be a string") }
            self.text = text
        }
    }

    /// Answers `{"embeddings":[[…]]}`.
    func embeddings(_ wanted: TextRequest, _ scope: RequestScope) async throws -> Response {
        Self.answerOne(try await embed([.text(wanted.text)], scope))
    }

    /// The answer to a request for one vector.
    private static func answerOne(_ result: EmbeddingResponse) -> Response {
        var json = JSONWriter(reservingCapacity: result.values.count * 13 + 64)
        json.object { json in
            json.member("embeddings") { json in json.list(result.vector(0)) }
        }
        return Response(json: json.bytes, of: result)
    }

    // MARK: POST /embeddings/batch

    /// The body of a request for a batch.
    struct BatchRequest: Sendable {
        var texts: [EmbeddingInput]

        init(_ body: JSONValue, maxTexts: Int) throws(RequestFailure) {
            guard let value = body["texts"], !value.isFalsy else { throw .refused("texts array is required") }
            guard let elements = value.elements else { throw .refused("texts must be an array") }
            guard elements.count <= maxTexts else {
                throw .refused(
                    "Batch size \(elements.count) exceeds maximum of \(maxTexts) texts per request. "
                        + "Split into multiple requests.")
            }
            texts = elements.compactMap { element in
                element.utf8.flatMap { $0.isEmpty ? nil : .text($0) }
            }
            guard texts.count == elements.count else { throw .refused("All texts must be non-empty strings") }
        }
    }

    /// Answers `{"embeddings":[[[…]],…]}`.
    private func batch(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let wanted = try await bodies.decode(request, scope) { [settings] body throws(RequestFailure) in
            try BatchRequest(body, maxTexts: settings.maxTexts)
        }
        return Self.answerBatch(try await embed(wanted.texts, scope))
    }

    /// The answer to a request for a batch.
    private static func answerBatch(_ result: EmbeddingResponse) -> Response {
        var json = JSONWriter(reservingCapacity: result.values.count * 13 + 64)
        json.object { json in
            json.member("embeddings") { json in
                json.array { json in
                    for index in 0..<result.count { json.list(result.vector(index)) }
                }
            }
        }
        return Response(json: json.bytes, of: result)
    }

    private func embed(_ inputs: [EmbeddingInput], _ scope: RequestScope) async throws -> EmbeddingResponse {
        try await Inference(service: service).embed(
            // The service opens images itself, and leaves them as they are stored.
            EmbeddingRequest(
                model: settings.model, inputs: inputs, longTexts: .average(.vectorEmbedder),
                imageOrientation: .asStored), scope)
    }

    // MARK: POST /embeddings/image

    /// Answers `{"embeddings":[[…]]}`.
    private func image(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try await requireImages(scope)
        return try await bodies.limited(toBytes: images.bodyLimit(count: 1)).decode(request, scope) {
            [images] body throws(RequestFailure) in
            guard let value = body["image"], !value.isFalsy else { throw .refused("image (base64) is required") }
            return try Self.image(value, "image", images)
        } keepingWhile: { _ in
            true
        } then: { image in
            Self.answerOne(try await embed([image], "image", scope))
        }
    }

    // MARK: POST /embeddings/image/batch

    /// Answers `{"embeddings":[[[…]],…]}`.
    private func imageBatch(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try await requireImages(scope)
        return try await bodies.limited(toBytes: images.bodyLimit(count: images.maxCount)).decode(request, scope) {
            [images] body throws(RequestFailure) in
            try Self.images(of: body, images)
        } keepingWhile: { _ in
            true
        } then: { wanted in
            Self.answerBatch(try await embed(wanted, "images", scope))
        }
    }

    private static func images(
        of body: JSONValue, _ settings: ImageSettings
    ) throws(RequestFailure) -> [EmbeddingInput] {
        guard let value = body["images"], !value.isFalsy else { throw .refused("images array is required") }
        guard let elements = value.elements else { throw .refused("images must be an array") }
        guard elements.count <= settings.maxCount else {
            throw .refused(
                "Batch size \(elements.count) exceeds maximum of \(settings.maxCount) images per request. "
                    + "Split into multiple requests.")
        }
        guard elements.allSatisfy({ $0.kind == .string && $0.rawByteCount > 0 }) else {
            throw .refused("All images must be non-empty base64 strings")
        }
        var images: [EmbeddingInput] = []
        for element in elements { images.append(try image(element, "images", settings)) }
        return images
    }

    /// The image in base64 that a string of the request is; `what` the request asks for, for the refusal.
    private static func image(
        _ value: JSONValue, _ what: String, _ settings: ImageSettings
    ) throws(RequestFailure) -> EmbeddingInput {
        do throws(ImageFault) {
            switch try ImageSource(value, maxByteCount: settings.maxByteCount) {
            case .file(let file): return .image(file)
            case .url: throw ImageFault.base64
            }
        } catch {
            switch error {
            case .tooLarge(let limit): throw .refused("Image exceeds maximum size of \(limit) bytes")
            case .noString, .empty, .base64, .dataURI: throw .refused("Failed to process \(what): \(error)")
            }
        }
    }

    /// Refuses before the body is read.
    private func requireImages(_ scope: RequestScope) async throws {
        guard try await Inference(service: service).supportsImages(settings.model, scope) else {
            throw RequestFailure.unsupported("Image embeddings not supported by current model")
        }
    }

    /// Computes the vectors of images; `what` the request asks for, for the refusal.
    private func embed(
        _ images: [EmbeddingInput], _ what: String, _ scope: RequestScope
    ) async throws -> EmbeddingResponse {
        do {
            return try await embed(images, scope)
        } catch ServiceError.invalid(.input(_, .image(let error))) {
            throw RequestFailure.refused("Failed to process \(what): \(error)")
        }
    }
}

/// `{"error": …}`; what no route of the service answers is worded as everywhere.
struct VectorEmbedderWording: Wording {
    func body(of failure: RequestFailure) -> [UInt8] {
        var json = JSONWriter()
        switch failure {
        case .unknownRoute, .wrongMethod: return FastAPIWording().body(of: failure)
        case .missingKey, .wrongKey: json.object { $0.member("error", "Invalid API key") }
        default: json.object { $0.member("error", failure.message) }
        }
        return json.bytes
    }
}

extension JSONValue {
    /// What a Python program takes for nothing: null, false, 0, and whatever is empty.
    fileprivate var isFalsy: Bool {
        switch kind {
        case .null, .false: true
        case .true: false
        case .number: double == 0
        case .string: utf8?.isEmpty ?? true
        case .array, .object: count == 0
        }
    }
}

extension JSONWriter {
    /// Writes a list of one vector.
    fileprivate mutating func list(_ vector: ArraySlice<Float>) {
        array { $0.array(of: vector) }
    }
}
