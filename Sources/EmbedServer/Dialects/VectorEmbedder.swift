// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
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
    private let settings: VectorEmbedderSettings

    init(service: any EmbeddingService, bodies: BodyReader, settings: VectorEmbedderSettings) {
        self.service = service
        self.bodies = bodies
        self.settings = settings
    }

    var routes: [Route] {
        [
            Route(.post, "/embeddings/batch", handler: batch),
            Route(.post, "/embeddings/image", handler: image),
            Route(.post, "/embeddings/image/batch", handler: image),
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
        let result = try await embed([.text(wanted.text)], scope)
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
        let result = try await embed(wanted.texts, scope)
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
            EmbeddingRequest(model: settings.model, inputs: inputs, longTexts: .average(.vectorEmbedder)), scope)
    }

    // MARK: POST /embeddings/image, /embeddings/image/batch

    private func image(_ request: Request, _ scope: RequestScope) async throws -> Response {
        throw RequestFailure.unsupported("Image embeddings not supported by current model")
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
