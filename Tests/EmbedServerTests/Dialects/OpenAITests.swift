// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Foundation
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct OpenAITests {
    struct InputForm: Sendable, CustomTestStringConvertible {
        let json: String
        let inputs: [EmbeddingInput]
        let tokens: Int

        var testDescription: String { json }
    }

    static let inputForms = [
        InputForm(json: #""Hello""#, inputs: [.text("Hello")], tokens: 7),
        InputForm(json: #""""#, inputs: [.text("")], tokens: 2),
        InputForm(json: #"["a"]"#, inputs: [.text("a")], tokens: 3),
        InputForm(json: #"["a","","grün 🌍"]"#, inputs: [.text("a"), .text(""), .text("grün 🌍")], tokens: 17),
        InputForm(json: #""\u00fc\n\ud83c\udf0d""#, inputs: [.text("ü\n🌍")], tokens: 9),
        InputForm(json: "[101,7,102]", inputs: [.tokenIDs([101, 7, 102])], tokens: 3),
        InputForm(
            json: "[[101,7,102],[101,102]]", inputs: [.tokenIDs([101, 7, 102]), .tokenIDs([101, 102])], tokens: 5),
    ]

    @Test(arguments: inputForms)
    func takesEveryFormOfInput(form: InputForm) async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            let response = try await client.post(#"{"model":"fake","input":\#(form.json)}"#)
            #expect(response.status == 200)
            #expect(response.header["content-type"] == "application/json")
            #expect(service.requests.map(\.inputs) == [form.inputs])
            let json = try response.json()
            #expect(Set(json.keys) == ["object", "data", "model", "usage"])
            #expect(json["object"] as? String == "list")
            #expect(json["model"] as? String == "fake")
            #expect(json["usage"] as? [String: Int] == ["prompt_tokens": form.tokens, "total_tokens": form.tokens])
            let data = try #require(json["data"] as? [[String: Any]])
            #expect(data.count == form.inputs.count)
            for (index, item) in data.enumerated() {
                #expect(Set(item.keys) == ["object", "index", "embedding", "dims"])
                #expect(item["object"] as? String == "embedding")
                #expect(item["index"] as? Int == index)
                #expect(item["dims"] as? Int == FakeService.dimension)
                #expect((item["embedding"] as? [Double])?.count == FakeService.dimension)
            }
            #expect(response.header["x-truncated-inputs"] == nil)
        }
    }

    @Test func base64AndFloatsAreTheSameNumbers() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let inputs = #""input":["a","bc","def"],"model":"sentence-transformers/fake""#
            let floats = try await client.post(#"{\#(inputs),"encoding_format":"float"}"#).vectors()
            let decoded = try await client.post(#"{\#(inputs),"encoding_format":"base64"}"#).base64Vectors()
            #expect(floats == decoded)
            let expected = (0..<3).map { input in
                (0..<FakeService.dimension).map { FakeService.component($0, input: input, tokens: input + 3) }
            }
            #expect(floats == expected)
        }
    }

    @Test(arguments: [#""float""#, "null", #""""#])
    func floatIsTheDefaultFormat(format: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let expected = try await client.post(#"{"model":"fake","input":"a"}"#).vectors()
            let found = try await client.post(#"{"model":"fake","input":"a","encoding_format":\#(format)}"#).vectors()
            #expect(found == expected)
        }
    }

    @Test(arguments: 1...FakeService.dimension)
    func passesDimensionsOn(dimensions: Int) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let body = #"{"model":"fake","input":["a","b"],"dimensions":\#(dimensions),"encoding_format":"base64"}"#
            let vectors = try await client.post(body).base64Vectors()
            #expect(vectors.map(\.count) == [dimensions, dimensions])
        }
    }

    @Test func ignoresUserAndUnknownMembers() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let plain = try await client.post(#"{"model":"fake","input":"a"}"#)
            let adorned = try await client.post(
                #"{"user":"me","model":"fake","vector_size":[{"x":null}],"input":"a","dimensions":null}"#)
            #expect(plain.body == adorned.body)
        }
    }

    @Test func saysHowManyInputsWereCut() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let long = String(repeating: "x", count: FakeService.longestText + 1)
            let response = try await client.post(#"{"model":"fake","input":["\#(long)","a","\#(long)"]}"#)
            #expect(response.header["x-truncated-inputs"] == "2")
        }
    }

    @Test(arguments: [("", false), (#","late_chunking":false"#, false), (#","late_chunking":true"#, true)])
    func passesOnLateChunking(member: String, usesLateChunking: Bool) async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let response = try await server.connect().post(#"{"model":"fake","input":["a","b"]\#(member)}"#)
            #expect(response.status == 200)
            #expect(service.requests.map(\.usesLateChunking) == [usesLateChunking])
        }
    }

    @Test(arguments: [
        (LateChunkingError.pooling(found: ["cls", "mean"]), "pools by mean; this one pools by cls and mean."),
        (.tooLong(limit: 144), "more than 144 tokens, the model's limit."),
        (.tokenIDs(index: 3), "input 3 is token ids."), (.image(index: 2), "input 2 is an image."),
        (.empty(index: 1), "input 1 has none."),
    ])
    func saysWhyLateChunkingFailed(error: LateChunkingError, message: String) async throws {
        try await TestServer.run(FakeService(.fail(.invalid(.lateChunking(error))))) { server in
            let body = #"{"model":"fake","input":["a","b"],"late_chunking":true}"#
            let response = try await server.connect().post(body)
            #expect(response.status == 400)
            #expect(try response.errorMessage().contains(message))
        }
    }

    struct OutputForm: Sendable, CustomTestStringConvertible {
        let members: String
        let type: OutputType
        var isBase64 = false

        var testDescription: String { members }
    }

    /// What Voyage's and Jina's clients send.
    @Test(arguments: [
        OutputForm(members: #""output_dtype":"int8""#, type: .int8),
        OutputForm(members: #""output_dtype":"uint8","encoding_format":"float""#, type: .uint8),
        OutputForm(members: #""output_dtype":"binary""#, type: .binary),
        OutputForm(members: #""output_dtype":"ubinary","encoding_format":"base64""#, type: .ubinary, isBase64: true),
        OutputForm(members: #""output_dtype":"int8","encoding_format":"base64""#, type: .int8, isBase64: true),
        OutputForm(members: #""embedding_type":"binary""#, type: .binary),
        OutputForm(members: #""embedding_type":["ubinary"]"#, type: .ubinary),
        OutputForm(members: #""embedding_type":"ubinary","output_dtype":"ubinary""#, type: .ubinary),
    ])
    func writesNumbersOfTheWishedType(form: OutputForm) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let body = #"{"model":"fake","input":["a","bc"],\#(form.members)}"#
            let json = try await client.post(body).json()
            let data = try #require(json["data"] as? [[String: Any]])
            #expect(data.count == 2)
            for (input, item) in data.enumerated() {
                let vector = (0..<FakeService.dimension).map {
                    FakeService.component($0, input: input, tokens: input + 3)
                }
                let expected = try #require(QuantizedVector(vector, as: form.type))
                if form.isBase64 {
                    let text = try #require(item["embedding"] as? String)
                    #expect(Data(base64Encoded: text) == Data(expected.bytes))
                } else {
                    let numbers = try #require(item["embedding"] as? [Int])
                    #expect(numbers.map { UInt8(truncatingIfNeeded: $0) } == expected.bytes)
                    #expect(numbers.allSatisfy { (form.type.rawValue.hasPrefix("u") ? 0...255 : -128...127) ~= $0 })
                }
                #expect(item["dims"] as? Int == FakeService.dimension)
            }
        }
    }

    @Test(arguments: [
        #""output_dtype":"float""#, #""output_dtype":null,"embedding_type":null"#, #""embedding_type":"float""#,
    ])
    func floatIsTheDefaultType(members: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let expected = try await client.post(#"{"model":"fake","input":"a"}"#).body
            #expect(try await client.post(#"{"model":"fake","input":"a",\#(members)}"#).body == expected)
            let base64 = try await client.post(#"{"model":"fake","input":"a","encoding_format":"base64"}"#).body
            #expect(
                try await client.post(#"{"model":"fake","input":"a","embedding_type":["base64"]}"#).body == base64)
        }
    }

    struct PromptForm: Sendable, CustomTestStringConvertible {
        let members: String
        var role: InputRole?
        var prompt = PromptChoice.automatic

        var testDescription: String { members }
    }

    static let promptForms = [
        PromptForm(members: ""),
        PromptForm(members: #","prompt_name":null,"input_type":null,"task":null"#),
        PromptForm(members: #","prompt_name":"query""#, prompt: .named("query")),
        PromptForm(members: #","input_type":"query""#, role: .query),
        PromptForm(members: #","input_type":"document""#, role: .document),
        PromptForm(members: #","input_type":"passage""#, role: InputRole(name: "passage", side: .document)),
        PromptForm(members: #","input_type":"search_query""#, role: InputRole(name: "search_query", side: .query)),
        PromptForm(members: #","input_type":"clustering""#, role: InputRole(name: "clustering")),
        PromptForm(members: #","task":"retrieval.query""#, role: InputRole(name: "retrieval.query", side: .query)),
        PromptForm(members: #","task":"nl2code.passage""#, role: InputRole(name: "nl2code.passage", side: .document)),
        PromptForm(members: #","task":"text-matching""#, role: InputRole(name: "text-matching")),
        PromptForm(
            members: #","task":"retrieval.passage","prompt_name":"query""#,
            role: InputRole(name: "retrieval.passage", side: .document), prompt: .named("query")),
    ]

    @Test(arguments: promptForms)
    func passesOnWhatTextsAreFor(form: PromptForm) async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let response = try await server.connect().post(#"{"model":"fake","input":"a"\#(form.members)}"#)
            #expect(response.status == 200)
            #expect(service.requests.map(\.role) == [form.role])
            #expect(service.requests.map(\.prompt) == [form.prompt])
        }
    }

    // MARK: Refusals

    struct Refusal: Sendable, CustomTestStringConvertible {
        let body: String
        let status: Int
        /// What `error.message` has to contain.
        let message: String
        var parameter: String?
        /// The whole of `detail`, where a contract says so.
        var detail: String?

        var testDescription: String { body }
    }

    static let refusals: [Refusal] = [
        Refusal(body: "", status: 400, message: "empty"),
        Refusal(body: "{", status: 400, message: "at byte 1"),
        Refusal(body: "not json", status: 400, message: "at byte"),
        Refusal(body: #"{"model":"fake","input":"a"} x"#, status: 400, message: "at byte 29"),
        Refusal(body: #"{"model":"fake","input":"a",}"#, status: 400, message: "not valid JSON"),
        Refusal(body: #"{"model":"fake","model":"fake","input":"a"}"#, status: 400, message: "duplicate"),
        Refusal(body: #"{"model":"fake","input":"\ud800"}"#, status: 400, message: "surrogate"),
        Refusal(body: String(repeating: "[", count: 100_000), status: 400, message: "deeper"),
        Refusal(body: "[]", status: 422, message: "object"),
        Refusal(body: "7", status: 422, message: "object"),
        Refusal(body: "null", status: 422, message: "object"),
        Refusal(body: "{}", status: 422, message: "`model`: Field required. `input`", parameter: "model"),
        Refusal(body: #"{"model":"fake"}"#, status: 422, message: "`input`", parameter: "input"),
        Refusal(body: #"{"input":"a"}"#, status: 422, message: "`model`", parameter: "model"),
        Refusal(body: #"{"model":7,"input":"a"}"#, status: 422, message: "found 7", parameter: "model"),
        Refusal(
            body: #"{"model":"fake","input":"a","prompt_name":"passage"}"#, status: 400,
            message: "no prompt `passage`; it has `query`.", parameter: "prompt_name"),
        Refusal(
            body: #"{"model":"fake","input":"a","prompt_name":7}"#, status: 422, message: "found 7",
            parameter: "prompt_name"),
        Refusal(
            body: #"{"model":"fake","input":"a","late_chunking":1}"#, status: 422, message: "found 1",
            parameter: "late_chunking"),
        Refusal(
            body: #"{"model":"fake","input":"a","output_dtype":"int4"}"#, status: 422, message: "'ubinary'",
            parameter: "output_dtype"),
        Refusal(
            body: #"{"model":"fake","input":"a","embedding_type":["float","binary"]}"#, status: 422,
            message: "one of 'float'", parameter: "embedding_type"),
        Refusal(
            body: #"{"model":"fake","input":"a","embedding_type":"binary","output_dtype":"int8"}"#, status: 422,
            message: "another type", parameter: "embedding_type"),
        Refusal(
            body: #"{"model":"fake","input":"a","input_type":"image"}"#, status: 422, message: "'search_document'",
            parameter: "input_type"),
        Refusal(
            body: #"{"model":"fake","input":"a","task":"retrieval"}"#, status: 422, message: "'retrieval.passage'",
            parameter: "task"),
        Refusal(body: #"{"model":null,"input":"a"}"#, status: 422, message: "found null", parameter: "model"),
        Refusal(body: #"{"model":"fake","input":7}"#, status: 422, message: "found 7", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":true}"#, status: 422, message: "found true", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":null}"#, status: 422, message: "found null", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":{"a":1}}"#, status: 422, message: "an object", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":["a",1]}"#, status: 422, message: "`input[1]`", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[101,"a"]}"#, status: 422, message: "`input[1]`", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[101,true]}"#, status: 422, message: "`input[1]`", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[101,1.0]}"#, status: 422, message: "found 1.0", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[1e3]}"#, status: 422, message: "`input[0]`", parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":[99999999999]}"#, status: 422, message: "99999999999", parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":[[101],[101,null]]}"#, status: 422, message: "`input[1][1]`",
            parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":[[101],"a"]}"#, status: 422, message: "`input[1]`", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[["a"]]}"#, status: 422, message: "`input[0][0]`", parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[null]}"#, status: 422, message: "list", parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":"a","encoding_format":"hex"}"#, status: 422, message: "'float' or 'base64'",
            parameter: "encoding_format"),
        Refusal(
            body: #"{"model":"fake","input":"a","encoding_format":1}"#, status: 422, message: "found 1",
            parameter: "encoding_format"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":0}"#, status: 422, message: "greater than 0, found 0",
            parameter: "dimensions"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":-1}"#, status: 422, message: "found -1",
            parameter: "dimensions"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":2.0}"#, status: 422, message: "integer",
            parameter: "dimensions"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":true}"#, status: 422, message: "integer",
            parameter: "dimensions"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":99999999999999999999}"#, status: 422, message: "integer",
            parameter: "dimensions"),
        Refusal(
            body: #"{"model":"fake","input":"a","dimensions":6}"#, status: 400, message: "expected 1 to 5",
            parameter: "dimensions", detail: "dimensions must be <= 5"),
        Refusal(
            body: #"{"model":"fake","input":[]}"#, status: 400, message: "nothing to embed", parameter: "input",
            detail: "input must not be empty"),
        Refusal(
            body: #"{"model":"fake","input":[[]]}"#, status: 400, message: "Input 0", parameter: "input",
            detail: "input token array must not be empty"),
        Refusal(
            body: #"{"model":"fake","input":[[101,102],[10000000]]}"#, status: 400, message: "0 to 299",
            parameter: "input"),
        Refusal(body: #"{"model":"fake","input":[-1]}"#, status: 400, message: "token id -1", parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":[5,6]}"#, status: 400, message: "check_embedding_ctx_length=False",
            parameter: "input"),
        Refusal(
            body: #"{"model":"fake","input":[\#(String(repeating: #""a","#, count: 2048))"a"]}"#, status: 400,
            message: "2049 inputs", parameter: "input", detail: "input exceeds MAX_BATCH_SIZE"),
        Refusal(
            body: #"{"model":"gpt","input":"a"}"#, status: 400, message: "`sentence-transformers/fake`",
            parameter: "model", detail: "Model 'gpt' does not exist"),
        Refusal(
            body: #"{"model":"","input":"a"}"#, status: 422, message: "at least 1 character", parameter: "model"),
        Refusal(
            body: #"{"model":"\u0000\n<é>","input":"a"}"#, status: 400, message: "`??<?>`", parameter: "model"),
    ]

    @Test(arguments: refusals)
    func refusesInWordsThatHelp(refusal: Refusal) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.post(refusal.body)
            #expect(response.status == refusal.status)
            let json = try response.json()
            #expect(Set(json.keys) == ["error", "detail"])
            let error = try #require(json["error"] as? [String: Any])
            #expect(Set(error.keys) == ["message", "type", "param", "code"])
            #expect(error["type"] as? String == "invalid_request_error")
            #expect(error["param"] as? String == refusal.parameter)
            #expect(try response.errorMessage().contains(refusal.message))
            if let detail = refusal.detail { #expect(json["detail"] as? String == detail) }
            if refusal.status == 422 {
                let faults = try #require(json["detail"] as? [[String: Any]])
                #expect(!faults.isEmpty)
                for fault in faults {
                    #expect(Set(fault.keys) == ["type", "loc", "msg", "input"])
                    #expect((fault["loc"] as? [Any])?.first as? String == "body")
                }
            }
            // The connection and the server go on.
            #expect(try await client.post(#"{"model":"fake","input":"a"}"#).status == 200)
        }
    }

    @Test func refusesInvalidUTF8() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let body = Array(#"{"model":"fake","input":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
            let response = try await client.post(bytes: body)
            #expect(response.status == 400)
            #expect(try response.errorMessage().contains("invalid UTF-8 at byte 25"))
        }
    }

    @Test func neverRepeatsTexts() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            for body in [
                #"{"model":"fake","input":["planted secret",7]}"#, #"{"model":"fake","input":{"planted secret":1}}"#,
                #"{"model":"fake","input":"a","encoding_format":"planted secret"}"#, #"{"input":"planted secret"}"#,
                #"{"model":["planted secret"],"input":"a"}"#, #"{"model":"fake","input":"planted secret""#,
            ] {
                let response = try await client.post(body)
                #expect(response.status >= 400)
                #expect(!response.text.contains("planted"))
            }
        }
    }

    // MARK: The service's errors

    static let serviceErrors: [(ServiceError, Int, String, String?)] = [
        (.modelFailed("m", reason: "/secret/path"), 500, "server_error", nil),
        (.shuttingDown, 503, "server_error", "1"),
        (.overloaded(retryAfter: .milliseconds(2500)), 429, "rate_limit_error", "3"),
        (.deviceFailed, 500, "server_error", nil),
        (.cancelled, 499, "invalid_request_error", nil),
        (.invalid(.tooManyTokens(limit: 9)), 400, "invalid_request_error", nil),
        (.invalid(.input(index: 3, .tooLong(limit: 8))), 400, "invalid_request_error", nil),
    ]

    @Test(arguments: serviceErrors)
    func givesEachErrorItsStatus(
        error: ServiceError, status: Int, type: String, retryAfter: String?
    ) async throws {
        try await TestServer.run(FakeService(.fail(error))) { server in
            let response = try await server.connect().post(#"{"model":"fake","input":"a"}"#)
            #expect(response.status == status)
            #expect(response.header["retry-after"] == retryAfter)
            #expect((try response.json()["error"] as? [String: Any])?["type"] as? String == type)
        }
    }

    @Test func tellsImpatientClientsMilliseconds() async throws {
        try await TestServer.run(FakeService(.fail(.overloaded(retryAfter: .milliseconds(40))))) { server in
            let response = try await server.connect().post(#"{"model":"fake","input":"a"}"#)
            #expect(response.header["retry-after-ms"] == "40")
            #expect(response.header["retry-after"] == "1")
        }
    }

    // MARK: Models

    @Test func listsModelsAsObjects() async throws {
        try await TestServer.run { server in
            let json = try await server.connect().get("/v1/models").json()
            #expect(json["object"] as? String == "list")
            let data = try #require(json["data"] as? [[String: Any]])
            #expect(data.count == 1)
            #expect(data[0]["id"] as? String == "sentence-transformers/fake")
            #expect(data[0]["object"] as? String == "model")
            #expect(data[0]["created"] as? Int == 1_700_000_000)
            #expect(data[0]["owned_by"] as? String == "sentence-transformers")
        }
    }

    @Test func listsModelsAsNames() async throws {
        try await TestServer.run(configure: { $0.openAI.modelsFormat = .names }) { server in
            let response = try await server.connect().get("/v1/models")
            #expect(response.text == #"{"object":"list","data":["fake","sentence-transformers/fake"]}"#)
        }
    }
}

extension WireResponse {
    private func embeddings<Embedding>(_ type: Embedding.Type) throws -> [Embedding] {
        let data = try #require(try json()["data"] as? [[String: Any]])
        return try data.map { try #require($0["embedding"] as? Embedding) }
    }

    fileprivate func vectors() throws -> [[Float]] {
        try embeddings([Double].self).map { $0.map { Float($0) } }
    }

    fileprivate func base64Vectors() throws -> [[Float]] {
        try embeddings(String.self).map { text in
            let bytes = [UInt8](try #require(Data(base64Encoded: text)))
            return stride(from: 0, to: bytes.count, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
                return Float(bitPattern: bits)
            }
        }
    }
}
