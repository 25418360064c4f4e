// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird

/// Tokens and similarities of texts, in the shapes of text-embeddings-inference.
struct TextTools: Dialect {
    let name = "text-tools"
    let wording: any Wording = TextToolsWording()

    private let service: any EmbeddingService
    private let bodies: BodyReader

    init(service: any EmbeddingService, bodies: BodyReader) {
        self.service = service
        self.bodies = bodies
    }

    var routes: [Route] {
        [
            Route(.post, "/tokenize", handler: tokenize),
            Route(.post, "/similarity", handler: similarity),
        ]
    }

    // MARK: POST /tokenize

    /// One text or several, with or without the model's special tokens around them.
    private static func tokenizeRequest(_ body: JSONValue) throws(RequestFailure) -> TokenizeRequest {
        var fields = try RequestFields(body)
        var texts: [[UInt8]] = []
        if let value = fields.required("inputs") {
            if let text = value.utf8 {
                texts = [text]
            } else if let elements = value.elements {
                texts = fields.texts("inputs", elements)
            } else {
                fields.add("input_type", "inputs", "Input should be a string or a list of strings", value)
            }
        }
        let addsSpecialTokens = fields.optionalBool("add_special_tokens") ?? true
        let promptName = fields.optionalString("prompt_name")
        let model = fields.optionalString("model")
        try fields.check()
        return TokenizeRequest(
            model: model, texts: texts, promptName: promptName, addsSpecialTokens: addsSpecialTokens)
    }

    private func tokenize(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let wanted = try await bodies.decode(request, scope, with: Self.tokenizeRequest)
        let texts = try await Inference(service: service).tokenize(wanted, scope)
        var json = JSONWriter()
        json.array { json in
            for tokens in texts {
                json.array { json in
                    for token in tokens { json.token(token) }
                }
            }
        }
        return Response(json: json.bytes)
    }

    // MARK: POST /similarity

    /// A text and those it is compared with.
    private struct SimilarityRequest: Sendable {
        var source: [UInt8]
        var sentences: [[UInt8]]
        var model: String?
        var prompt = PromptChoice.automatic

        init(_ body: JSONValue) throws(RequestFailure) {
            var fields = try RequestFields(body)
            model = fields.optionalString("model")
            guard let inputs = fields.required("inputs"), inputs.kind == .object else {
                if let inputs = body["inputs"] {
                    fields.add(
                        "model_attributes_type", "inputs", "Input should be a valid dictionary or object", inputs)
                }
                try fields.check()
                (source, sentences) = ([], [])
                return
            }
            var inner = try RequestFields(inputs)
            source = inner.requiredString("source_sentence").map { Array($0.utf8) } ?? []
            sentences = inner.requiredTexts("sentences")
            if let list = inputs["sentences"], list.kind == .array, list.count == 0 {
                inner.add("too_short", "sentences", "List should have at least 1 item after validation, not 0", list)
            }
            fields.adopt(inner.faults, under: "inputs")
            if let parameters = body.nonNull("parameters") {
                guard parameters.kind == .object else {
                    fields.add(
                        "model_attributes_type", "parameters", "Input should be a valid dictionary or object",
                        parameters)
                    try fields.check()
                    return
                }
                var inner = try RequestFields(parameters)
                prompt = inner.promptName()
                fields.adopt(inner.faults, under: "parameters")
            }
            try fields.check()
        }
    }

    /// The cosine of each sentence with the source.
    private func similarity(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let wanted = try await bodies.decode(request, scope, with: SimilarityRequest.init)
        let result = try await Inference(service: service).embed(
            EmbeddingRequest(
                model: wanted.model, inputs: ([wanted.source] + wanted.sentences).map { .text($0) },
                prompt: wanted.prompt, normalization: .always),
            scope)
        let source = result.vector(0)
        let cosines = (1..<result.count).map { index in
            // The vectors have length 1.
            Float(zip(source, result.vector(index)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
        }
        var json = JSONWriter()
        json.array(of: cosines[...])
        return Response(json: json.bytes, of: result)
    }
}

/// text-embeddings-inference's `{"error", "error_type"}`.
struct TextToolsWording: Wording {
    func body(of failure: RequestFailure) -> [UInt8] {
        if case .wrongMethod = failure { return FastAPIWording().body(of: failure) }
        var json = JSONWriter()
        json.object { json in
            json.member("error", failure.message)
            json.member("error_type", Self.type(of: failure))
        }
        return json.bytes
    }

    private static func type(of failure: RequestFailure) -> String {
        switch failure.status.code {
        case 429: "Overloaded"
        case 503: "Unhealthy"
        case 500...599: "Backend"
        default: "Validation"
        }
    }
}

extension RequestFields {
    /// Takes over the faults of an object that stands under `key`.
    fileprivate mutating func adopt(_ faults: [FieldFault], under key: String) {
        for var fault in faults {
            fault.path.insert(.key(key), at: 0)
            add(fault)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func token(_ token: Token) {
        object { json in
            json.member("id", Int(token.id))
            json.member("text", token.text)
            json.member("special", token.range == nil)
            json.member("start") { $0.int(orNull: token.range?.lowerBound) }
            json.member("stop") { $0.int(orNull: token.range?.upperBound) }
        }
    }
}
