// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// All five contracts on one port at once, and where they share a path.
@Suite(.timeLimit(.minutes(2))) struct AllServicesContract {
    /// A documented request of one of the services.
    struct Documented: CustomTestStringConvertible, Sendable {
        let service: String
        let method: String
        let path: String
        var body: String?
        var status = 200
        /// The members of the answer; empty where it is no object.
        let keys: [String]

        var testDescription: String { "\(service) \(method) \(path) \((body ?? "").prefix(40))" }
    }

    private static let documented: [Documented] = [
        Documented(
            service: "Vector Embedder", method: "POST", path: "/embeddings",
            body: #"{"text":"This is a test sentence"}"#, keys: ["embeddings"]),
        Documented(
            service: "Vector Embedder", method: "POST", path: "/embeddings/batch",
            body: #"{"texts":["First text","Second text"]}"#, keys: ["embeddings"]),
        Documented(
            service: "Vector Embedder", method: "POST", path: "/embeddings/image", body: #"{"image":"aGk="}"#,
            status: 501, keys: ["error"]),
        Documented(
            service: "Vector Embedder", method: "POST", path: "/embeddings/image/batch", body: #"{"images":["aGk="]}"#,
            status: 501, keys: ["error"]),
        Documented(
            service: "Vector Embedder", method: "GET", path: "/health/ready",
            keys: ["model", "status", "supports_images"]),
        Documented(
            service: "Embeddings", method: "POST", path: "/v1/embeddings",
            body: #"{"model":"\#(ModelsFolder.miniLM)","input":"The quick brown fox jumps over the lazy dog"}"#,
            keys: ["data", "model", "object", "usage"]),
        Documented(
            service: "Embeddings", method: "POST", path: "/v1/embeddings",
            body:
                #"{"model":"\#(ModelsFolder.miniLM)","encoding_format":"base64","input":["First text","Second text"]}"#,
            keys: ["data", "model", "object", "usage"]),
        Documented(
            service: "embedding-server", method: "POST", path: "/v1/embeddings",
            body: #"{"model":"all-MiniLM-L6-v2","input":["iPhone","Samsung"]}"#,
            keys: ["data", "model", "object", "usage"]),
        Documented(service: "embedding-server", method: "GET", path: "/v1/models", keys: ["data", "object"]),
        Documented(service: "embedding-server", method: "GET", path: "/metrics", keys: []),
        Documented(
            service: "Simple model service", method: "POST", path: "/embed", body: #"{"text":"Hello world!"}"#, keys: []
        ),
        Documented(service: "Simple model service", method: "GET", path: "/healthcheck", keys: ["status"]),
        Documented(
            service: "Embeddings Generator", method: "POST", path: "/embeddings",
            body: #"{"texts":["Hello world","This is a test"],"normalize":true}"#,
            keys: ["dimensions", "embeddings", "model_name", "processing_time", "total_texts"]),
        Documented(
            service: "Embeddings Generator", method: "GET", path: "/", keys: ["docs", "health", "message", "version"]),
        Documented(
            service: "Embeddings Generator", method: "POST",
            path: "/model/load?model_name=sentence-transformers/all-MiniLM-L6-v2", keys: ["message"]),
        Documented(
            service: "Embeddings Generator", method: "GET", path: "/model/info",
            keys: ["embedding_dimensions", "is_loaded", "max_sequence_length", "model_name", "model_type"]),
    ]

    @Test("X-01 every documented request of all five, one server", arguments: Access.allCases, documented)
    func servesEveryone(access: Access, request: Documented) async throws {
        let answer = try await ContractServer.shared(access).send(
            request.method, request.path, request.body == nil ? [:] : ["Content-Type": "application/json"],
            body: request.body)
        #expect(answer.status == request.status, "\(answer)")
        #expect(answer.json?.keys ?? [] == request.keys, "\(answer)")
    }

    @Test("X-01 all contracts give one text the same vector", arguments: Access.allCases)
    func agrees(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let one = try await server.post("/embeddings", #"{"text":"Hello world"}"#).embeddings()[0]
        let others = [
            try await server.post("/embeddings/batch", #"{"texts":["Hello world"]}"#).nestedEmbeddings()[0],
            try await server.post("/embeddings", #"{"texts":["Hello world"]}"#).embeddings()[0],
            try await server.post("/embed", #"{"text":"Hello world"}"#).vector { $0 },
            try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"Hello world"}"#)
                .openAIVectors()[0],
            try await server.post("/embeddings", #"{"input":"Hello world"}"#).openAIVectors()[0],
        ]
        for other in others { #expect(largestDifference(one, other) <= 1e-6) }
    }

    @Test(
        "X-01 whatever the contract, the answer says how many texts were cut", arguments: Access.allCases,
        [
            ("/embed", #"{"text":"long"}"#, "1"), ("/embeddings", #"{"texts":["a","long","long"]}"#, "2"),
            ("/embeddings", #"{"input":["long","a"]}"#, "1"), ("/embed", #"{"text":"a"}"#, nil),
            ("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":["a","b"]}"#, nil),
        ])
    func tellsWhatItCut(access: Access, request: (path: String, body: String, count: String?)) async throws {
        let body = request.body.replacingOccurrences(of: "long", with: words(300))
        let answer = try await ContractServer.shared(access).post(request.path, body)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer[header: "x-truncated-inputs"] == request.count)
    }

    // MARK: One path, three contracts

    @Test(
        "X-01, S4-35 POST /embeddings: the body decides whose request it is", arguments: Access.allCases,
        [
            (#"{"text":"a"}"#, 200, ["embeddings"]), (#"{"text":"a","texts":["b"],"input":"c"}"#, 200, ["embeddings"]),
            (#"{"text":"","texts":["b"]}"#, 400, ["error"]),
            (#"{"input":"a"}"#, 200, ["data", "model", "object", "usage"]),
            (#"{"input":["a","b"],"model":"all-MiniLM-L6-v2"}"#, 200, ["data", "model", "object", "usage"]),
            (#"{"input":"a","texts":["b"]}"#, 200, ["data", "model", "object", "usage"]),
            (#"{"texts":["a"]}"#, 200, ["dimensions", "embeddings", "model_name", "processing_time", "total_texts"]),
            (#"{"texts":[]}"#, 422, ["detail"]),
        ])
    func decidesByTheBody(access: Access, request: (body: String, status: Int, keys: [String])) async throws {
        let answer = try await ContractServer.shared(access).post("/embeddings", request.body)
        #expect(answer.status == request.status, "\(answer)")
        #expect(answer.json?.keys == request.keys, "\(answer)")
    }

    @Test(
        "X-01, S4-35 where the body says nothing, X-API-Key does", arguments: Access.allCases,
        ["{}", "", "[]", "{", #"{"model":"x"}"#])
    func decidesByTheKey(access: Access, body: String) async throws {
        let server = try await ContractServer.shared(access)
        let json = ["Content-Type": "application/json"]
        let withKey = try await server.anonymous(
            "POST", "/embeddings", json.merging(["X-API-Key": ContractServer.key]) { $1 }, body: body)
        #expect(withKey.status == 400, "\(withKey)")
        #expect(withKey.json?.keys == ["error"])
        let bearer = access == .open ? [:] : ["Authorization": "Bearer \(ContractServer.key)"]
        let without = try await server.anonymous("POST", "/embeddings", json.merging(bearer) { $1 }, body: body)
        #expect(without.status == 422, "\(without)")
        #expect(without.json?.keys == ["detail"])
    }

    @Test("X-01 each contract has its own model when the environment names one for each")
    func servesItsOwnModels() async throws {
        let server = try await ContractServer.start(environment: [
            "EMBEDDING_MODEL": "tests/pooling", "MODEL_PATH": Fixtures.path("Models/new-format"),
            "DEFAULT_MODEL_NAME": "tests/dense",
        ])
        let first = try await server.post("/embeddings", #"{"text":"a"}"#)
        #expect(first.json?["embeddings"]?[0]?.count == 64, "\(first)")
        let second = try await server.post("/embed", #"{"text":"vector search"}"#)
        let reference = try Reference.small("new-format")
        let index = try #require(reference.texts.firstIndex(of: "vector search"))
        #expect(try largestDifference(second.vector { $0 }, reference[index]) <= 2e-5)
        let third = try await server.post("/embeddings", #"{"texts":["a"]}"#)
        #expect(third.json?["model_name"]?.string == "tests/dense", "\(third)")
        server.stop()
    }

    // MARK: Errors and keys, the same for all

    private static let posts = [
        "/embeddings", "/embeddings/batch", "/v1/embeddings", "/embed", "/tokenize", "/similarity",
    ]

    @Test("X-01 other content types are 415, as JSON", arguments: Access.allCases, posts)
    func wantsJSON(access: Access, path: String) async throws {
        let server = try await ContractServer.shared(access)
        for type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
            let answer = try await server.send("POST", path, ["Content-Type": type], body: #"{"text":"a"}"#)
            #expect(answer.status == 415, "\(type): \(answer)")
            #expect(answer.json?["error"] != nil || answer.json?["detail"] != nil, "\(type): \(answer)")
        }
    }

    @Test("X-01 bodies over 32 MiB are 413, as JSON, before they are sent", arguments: posts)
    func limitsBodies(path: String) async throws {
        let server = try await ContractServer.shared(.open)
        let answer = try HeldRequest.answer(
            port: server.port,
            to: """
                POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: \((32 << 20) + 1)\r\n\r\n
                """)
        #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        #expect(answer.lowercased().contains("content-type: application/json"), "\(answer)")
        #expect(answer.contains(#"{"error""#) || answer.contains(#"{"detail""#), "\(answer)")
    }

    @Test(
        "X-01 with keys, everything that computes or names models asks for one",
        arguments: [
            ("POST", "/embeddings"), ("POST", "/embeddings/batch"), ("POST", "/embeddings/image"),
            ("POST", "/embeddings/image/batch"), ("POST", "/v1/embeddings"), ("GET", "/v1/models"), ("GET", "/models"),
            ("POST", "/embed"), ("GET", "/model/info"), ("POST", "/model/load?model_name=x"), ("POST", "/model/unload"),
            ("GET", "/info"), ("POST", "/tokenize"), ("POST", "/similarity"),
        ])
    func asksForAKey(method: String, path: String) async throws {
        let server = try await ContractServer.shared(.keyed)
        for headers in [[:], ["X-API-Key": "wrong"], ["Authorization": "Basic \(ContractServer.key)"]] {
            let answer = try await server.anonymous(
                method, path, headers.merging(["Content-Type": "application/json"]) { $1 },
                body: method == "POST" ? "{}" : nil)
            #expect(answer.status == 401, "\(headers): \(answer)")
            #expect(answer.json?["error"] != nil || answer.json?["detail"] != nil, "\(answer)")
        }
    }

    @Test(
        "X-01 with keys, health, metrics and documentation stay open",
        arguments: [
            "/", "/health", "/health/ready", "/healthcheck", "/docs", "/redoc", "/openapi.json",
            "/api-doc/openapi.json",
            "/metrics",
        ])
    func staysOpen(path: String) async throws {
        let answer = try await ContractServer.shared(.keyed).anonymous("GET", path)
        #expect(answer.status == 200, "\(answer)")
    }

    @Test("X-01 neither keys nor texts are logged") func keepsSecrets() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format", "--log-level", "trace"], environment: ["EMBEDDER_API_KEY": "planted-key"])
        for (path, body) in [
            ("/embeddings", #"{"text":"planted"}"#), ("/embeddings", #"{"texts":["planted"],"normalize":"planted"}"#),
            ("/embed", #"{"text":"planted"}"#), ("/v1/embeddings", #"{"input":"planted","model":7}"#),
            ("/tokenize", #"{"inputs":"planted"}"#), ("/embed", #"{"text":"planted"#),
        ] {
            let answer = try await server.post(path, body, ["X-API-Key": "planted-key"])
            #expect(answer.status != 401 && answer.status < 500, "\(answer)")
            if answer.status != 200 { #expect(!answer.text.contains("planted"), "\(answer)") }
            #expect(try await server.post(path, body, ["X-API-Key": "planted-wrong"]).status == 401)
        }
        server.stop()
        #expect(!server.log.contains("planted"))
    }
}
