// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// The simple model service: one text in, a bare array out.
struct SimpleModelService: Dialect {
    let name = "simple-model-service"
    let wording: any Wording = FastAPIWording()

    private let service: any EmbeddingService
    private let bodies: BodyReader
    private let settings: SimpleModelServiceSettings

    init(service: any EmbeddingService, bodies: BodyReader, settings: SimpleModelServiceSettings) {
        self.service = service
        self.bodies = bodies
        self.settings = settings
    }

    var routes: [Route] {
        [
            Route(.post, "/embed", handler: embed),
            Route(.get, "/healthcheck", access: .everyone, handler: healthcheck),
        ]
    }

    // MARK: POST /embed

    /// The body of a request.
    struct TextRequest: Sendable {
        var text: [UInt8]

        init(_ body: JSONValue) throws(RequestFailure) {
            var fields = try RequestFields(body)
            let text = fields.requiredString("text") ?? "text"
            if text.isEmpty {
                fields.add("string_too_short", "text", "String should have at least 1 character", body["text"])
            } else if text.unicodeScalars.allSatisfy(\.isPythonWhitespace) {
                fields.add(
                    "value_error", "text", "Value error, value cannot be empty or contain only whitespaces",
                    body["text"])
            }
            try fields.check()
            self.text = Array(text.utf8)
        }
    }

    private func embed(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let wanted = try await bodies.decode(request, scope, with: TextRequest.init)
        let result = try await Inference(service: service).embed(
            EmbeddingRequest(model: settings.model, inputs: [.text(wanted.text)], normalization: .always), scope)
        var json = JSONWriter(reservingCapacity: result.dimension * 13 + 2)
        json.array(of: result.vector(0))
        return Response(json: json.bytes, of: result)
    }

    // MARK: GET /healthcheck

    /// Whether `/embed` works.
    private func healthcheck(_ request: Request, _ scope: RequestScope) async throws -> Response {
        guard await service.isReady else { throw RequestFailure.notReady }
        var json = JSONWriter()
        json.object { $0.member("status", "ok") }
        return Response(json: json.bytes)
    }
}

extension Unicode.Scalar {
    /// Whether Python's `str.strip` takes it away: the information separators too.
    fileprivate var isPythonWhitespace: Bool {
        properties.isWhitespace || (0x1C...0x1F).contains(value)
    }
}
