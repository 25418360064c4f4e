// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of embedding-server, row by row of Documentation/Contracts.md.
@Suite(.timeLimit(.minutes(2))) struct EmbeddingServerContract {
    private static let request = #"{"model":"all-MiniLM-L6-v2","input":["iPhone","Samsung"]}"#

    @Test("S2-02, S2-16, S2-17, S2-18 two words give the printed numbers", arguments: Access.allCases)
    func embedsTwoWords(access: Access) async throws {
        let answer = try await ContractServer.shared(access).post("/v1/embeddings", Self.request)
        #expect(answer.status == 200, "\(answer)")
        let json = try #require(answer.json)
        #expect(json["object"]?.string == "list")
        #expect(json["model"]?.string == "all-MiniLM-L6-v2")
        #expect(json["data"]?.count == 2)
        let printed: [[Float]] = [
            [-0.02878604456782341, 0.024760600179433823, 0.06652576476335526],
            [-0.13341815769672394, 0.049686793237924576, 0.043825067579746246],
        ]
        for (index, numbers) in printed.enumerated() {
            let item = try #require(json["data"]?[index])
            #expect(item.keys == ["dims", "embedding", "index", "object"])
            #expect(item["dims"]?.int == 384)
            #expect(item["index"]?.int == index)
            #expect(item["object"]?.string == "embedding")
            let vector = try #require(item["embedding"]?.floats)
            #expect(vector.count == 384)
            #expect(largestDifference(vector.prefix(3), numbers) <= 1e-5)
        }
    }

    @Test("S2-01 the same request before and after others gives the same", arguments: Access.allCases)
    func keepsNoState(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let before = try await server.post("/v1/embeddings", Self.request)
        _ = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":["other",""]}"#)
        _ = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":7}"#)
        let after = try await server.post("/v1/embeddings", Self.request)
        #expect(before.status == 200, "\(before)")
        #expect(before.body == after.body)
    }

    @Test("S2-03 a phone is nearer to a popular smartphone than to a Roku") func ranksPhones() async throws {
        let answer = try await ContractServer.shared(.open).post(
            "/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":["iPhone","popular smartphone","Roku"]}"#)
        let vectors = try answer.openAIVectors()
        #expect(abs(cosine(vectors[0], vectors[1]) - 0.613) < 0.001)
        #expect(abs(cosine(vectors[0], vectors[2]) - 0.288) < 0.001)
    }

    @Test("S2-15 a plain string, and a hundred inputs, in order", arguments: Access.allCases)
    func takesOneOrAHundred(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let one = try await server.post("/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"text 42"}"#)
        #expect(one.status == 200, "\(one)")
        let many = try await server.post(
            "/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":\#(quoted((0..<100).map { "text \($0)" }))}"#)
        #expect(many.status == 200, "\(many)")
        let vectors = try many.openAIVectors()
        try #require(vectors.count == 100)
        #expect(try largestDifference(vectors[42], one.openAIVectors()[0]) <= 1e-5)
    }

    @Test("S2-10, S2-13, S2-14 the models as objects; every id is served", arguments: Access.allCases)
    func listsItsModels(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        for path in ["/v1/models", "/models"] {
            let answer = try await server.get(path)
            #expect(answer.status == 200, "\(path): \(answer)")
            #expect(answer.json?["object"]?.string == "list")
            let models = Array(try #require(answer.json?["data"]?.elements))
            #expect(models.allSatisfy { $0["object"]?.string == "model" }, "\(answer)")
            let ids = try models.map { try #require($0["id"]?.string, "\(answer)") }
            #expect(ids.contains(ModelsFolder.miniLM), "\(answer)")
            for id in ids {
                let used = try await server.post("/v1/embeddings", #"{"model":\#(quoted(id)),"input":"a"}"#)
                #expect(used.status == 200, "\(id): \(used)")
            }
        }
    }

    @Test("S2-13, S2-14 --models-format names lists strings; every one is served") func listsNames() async throws {
        let server = try await ContractServer.start(["--models-format", "names"])
        let answer = try await server.get("/v1/models")
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?.keys == ["data", "object"])
        let names = try #require(answer.json?["data"]?.elements).map { try #require($0.string, "\(answer)") }
        #expect(names.contains("all-MiniLM-L6-v2"), "\(answer)")
        #expect(Set(names).count == names.count)
        for name in names {
            let used = try await server.post("/v1/embeddings", #"{"model":\#(quoted(name)),"input":"a"}"#)
            #expect(used.status == 200, "\(name): \(used)")
        }
        server.stop()
    }

    @Test("S2-11 the demo's GET with a body is 405; POST serves the same body", arguments: Access.allCases)
    func servesPostsOnly(access: Access) async throws {
        let server = try await ContractServer.shared(access)
        let answer = try await server.send(
            "GET", "/v1/embeddings", ["Content-Type": "application/json"], body: Self.request)
        #expect(answer.status == 405, "\(answer)")
        #expect(answer.json?["detail"]?.string == "Method Not Allowed")
        #expect(answer[header: "Allow"]?.contains("POST") == true)
        #expect(try await server.post("/v1/embeddings", Self.request).status == 200)
    }

    @Test(
        "S2-19, S2-31 an unknown model is 400, a missing member 422, both with detail", arguments: Access.allCases,
        [
            (#"{"model":"x","input":["a"]}"#, 400), (#"{"input":["a"]}"#, 422), (#"{"model":"all-MiniLM-L6-v2"}"#, 422),
        ])
    func refusesWhatItDoesNotKnow(access: Access, request: (body: String, status: Int)) async throws {
        let answer = try await ContractServer.shared(access).post("/v1/embeddings", request.body)
        #expect(answer.status == request.status, "\(answer)")
        if request.status == 400 {
            #expect(answer.json?["detail"]?.string == "Model 'x' does not exist")
        } else {
            #expect(answer.json?["detail"]?.count == 1, "\(answer)")
        }
    }

    @Test("S2-24 without dimensions the whole vector comes") func givesWholeVectors() async throws {
        let answer = try await ContractServer.shared(.open).post("/v1/embeddings", Self.request)
        #expect(try answer.openAIVectors().allSatisfy { $0.count == 384 })
    }

    @Test("S2-12, S2-31, S4-23 metrics count each request, from the first scrape, and need no key")
    func countsRequests() async throws {
        let server = try await ContractServer.start(["tests/new-format"], access: .keyed)
        let first = try await server.anonymous("GET", "/metrics")
        #expect(first.status == 200, "\(first)")
        #expect(first[header: "Content-Type"]?.hasPrefix("text/plain") == true)
        let name = "encode_request_processing_seconds"
        let before = try Self.sum(of: "\(name)_count", in: first.text)
        for _ in 0..<3 {
            let answer = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":["a","b"]}"#)
            #expect(answer.status == 200, "\(answer)")
        }
        let second = try await server.anonymous("GET", "/metrics")
        #expect(try Self.sum(of: "\(name)_count", in: second.text) == before + 3)
        #expect(try Self.sum(of: "\(name)_sum", in: second.text) > Self.sum(of: "\(name)_sum", in: first.text))
        #expect(second.text.contains("# TYPE \(name) "))
        for line in second.text.split(separator: "\n") where !line.hasPrefix("#") {
            let form = /[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? ([-+0-9.eE]+|[+-]?Inf|NaN)/
            #expect(line.wholeMatch(of: form) != nil, "\(line)")
        }
        server.stop()
    }

    /// The values of all series of one metric together.
    private static func sum(of metric: String, in text: String) throws -> Double {
        let values = text.split(separator: "\n").filter { $0.hasPrefix("\(metric) ") || $0.hasPrefix("\(metric){") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        try #require(!values.isEmpty, "no \(metric)")
        return values.reduce(0, +)
    }

    @Test("S2-09, S2-30 --host and --port") func listensWhereToldTo() async throws {
        let port = try FreePort.any()
        let server = try await ContractServer.start(["tests/new-format", "--host", "127.0.0.1"], port: port)
        #expect(try await server.get("/v1/models").status == 200)
        server.stop()
        let help = try Program.run(["serve", "--help"])
        #expect(help.status == 0)
        for flag in ["--host", "--port", "--load-models-from"] { #expect(help.output.contains(flag), "\(flag)") }
    }

    @Test("S2-30 --load-models-from, without the network") func findsItsModelsInADirectory() async throws {
        let models = try ModelsFolder()
        let server = try await RunningServer.start(["--load-models-from", models.path])
        let answer = try await server.post("/v1/embeddings", Self.request)
        #expect(answer.status == 200, "\(answer)")
        #expect(server.stop() == 0)
    }
}
