// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Foundation
import Testing

/// The contract of "Embeddings", the OpenAI-compatible service, row by row of Documentation/Contracts.md.
@Suite(.timeLimit(.minutes(3))) struct OpenAIContract {
    static let model = ModelsFolder.miniLM

    /// What `POST /v1/embeddings` answers to `input` and further members.
    func embed(
        _ input: String, _ more: String = "", model: String = model, access: Access = .open
    ) async throws -> RunningServer.Answer {
        try await ContractServer.shared(access).post(
            "/v1/embeddings", #"{"model":\#(quoted(model)),"input":\#(input)\#(more)}"#)
    }

    // MARK: Inputs

    @Test(
        "S1-01, S1-02, S1-11 a string gives one item, with everything OpenAI's answer has",
        arguments: Access.allCases
    )
    func embedsAString(access: Access) async throws {
        let answer = try await embed(#""Hello world""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        let json = try #require(answer.json)
        #expect(json.keys == ["data", "model", "object", "usage"])
        #expect(json["object"]?.string == "list")
        #expect(json["model"]?.string == Self.model)
        #expect(json["usage"]?.keys == ["prompt_tokens", "total_tokens"])
        #expect(json["usage"]?["prompt_tokens"]?.int == 4)
        #expect(json["usage"]?["total_tokens"]?.int == 4)
        #expect(json["data"]?.count == 1)
        let item = try #require(json["data"]?[0])
        #expect(item["object"]?.string == "embedding")
        #expect(item["index"]?.int == 0)
        #expect(item["embedding"]?.floats?.count == 384)
        #expect(answer[header: "x-truncated-inputs"] == nil)
    }

    @Test(
        "S1-03, S1-12, S1-14, S1-16 a list gives one item each, in order, the reference's",
        arguments: Access.allCases
    )
    func embedsAList(access: Access) async throws {
        let reference = try Reference.miniLM()
        let indices = Array(stride(from: 0, to: reference.texts.count, by: 53))
        let answer = try await embed(quoted(indices.map { reference.texts[$0] }), access: access)
        #expect(answer.status == 200, "\(answer)")
        let vectors = try answer.openAIVectors()
        try #require(vectors.count == indices.count)
        for (position, index) in indices.enumerated() {
            #expect(largestDifference(vectors[position], reference[index]) <= 1e-4, "text \(index)")
            #expect(answer.json?["data"]?[position]?["index"]?.int == position)
        }
        let sum = indices.map { reference.tokens[$0] }.reduce(0, +)
        #expect(answer.json?["usage"]?["prompt_tokens"]?.int == sum, "padding is not counted")
    }

    @Test("S1-03, S1-14, S1-15 the same vector alone, beside a long text, and again", arguments: Access.allCases)
    func doesNotDependOnItsNeighbours(access: Access) async throws {
        let alone = try await embed(#""a short text""#, access: access).openAIVectors()
        let again = try await embed(#""a short text""#, access: access).openAIVectors()
        #expect(alone == again)
        let beside = try await embed(quoted([words(250), "a short text", ""]), access: access).openAIVectors()
        #expect(largestDifference(beside[1], alone[0]) <= 1e-5)
        #expect(beside.allSatisfy { abs(norm($0) - 1) < 1e-3 })
    }

    @Test("S1-04, S1-05 token ids, one input or several", arguments: Access.allCases)
    func embedsTokenIDs(access: Access) async throws {
        let text = try await embed(#""Hello world""#, access: access).openAIVectors()
        let one = try await embed("[101,7592,2088,102]", access: access)
        #expect(one.status == 200, "\(one)")
        #expect(one.json?["usage"]?["total_tokens"]?.int == 4)
        #expect(try one.openAIVectors().count == 1)
        #expect(try largestDifference(one.openAIVectors()[0], text[0]) <= 1e-5)
        let two = try await embed("[[101,7592,102],[101,7592,2088,102]]", access: access)
        #expect(two.status == 200, "\(two)")
        #expect(two.json?["usage"]?["prompt_tokens"]?.int == 7)
        #expect(try two.openAIVectors().count == 2)
        #expect(try largestDifference(two.openAIVectors()[1], text[0]) <= 1e-5)
    }

    @Test("S1-04, S1-13 ids of other tokenizers are refused", arguments: ["[7592,2088]", "[15339,1917]", "[[101]]"])
    func refusesUnframedIDs(input: String) async throws {
        let answer = try await embed(input)
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.text.contains("check_embedding_ctx_length=False"), "\(answer)")
    }

    @Test("S1-04 --token-ids any takes every id of the vocabulary") func takesAnyIDs() async throws {
        let server = try await ContractServer.start(["tests/new-format", "--token-ids", "any"])
        let answer = try await server.post("/v1/embeddings", #"{"model":"tests/new-format","input":[7]}"#)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?["usage"]?["total_tokens"]?.int == 1)
        server.stop()
    }

    @Test("S1-12 usage counts as the model's tokenizer does", arguments: Access.allCases)
    func countsTokens(access: Access) async throws {
        let reference = try Reference.miniLM()
        for index in stride(from: 5, to: reference.texts.count, by: 111) {
            let answer = try await embed(quoted(reference.texts[index]), access: access)
            #expect(answer.json?["usage"]?["prompt_tokens"]?.int == reference.tokens[index], "text \(index): \(answer)")
        }
    }

    @Test("S1-41 an empty string is embedded, usage 2", arguments: Access.allCases)
    func embedsAnEmptyString(access: Access) async throws {
        let answer = try await embed(#""""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.json?["usage"]?["total_tokens"]?.int == 2)
    }

    @Test("S1-10, S1-41 user and unknown members are ignored", arguments: Access.allCases)
    func ignoresTheUser(access: Access) async throws {
        let plain = try await embed(#""a""#, access: access).openAIVectors()
        let answer = try await embed(#""a""#, #","user":"me","unknown":{"x":[1]},"dimensions":null"#, access: access)
        #expect(answer.status == 200, "\(answer)")
        #expect(try answer.openAIVectors() == plain)
    }

    @Test("S1-11 the long id and the short name give the same, each echoed", arguments: Access.allCases)
    func echoesTheName(access: Access) async throws {
        let long = try await embed(#""a""#, access: access)
        let short = try await embed(#""a""#, model: "all-MiniLM-L6-v2", access: access)
        #expect(short.status == 200, "\(short)")
        #expect(short.json?["model"]?.string == "all-MiniLM-L6-v2")
        #expect(try long.openAIVectors() == short.openAIVectors())
    }

    // MARK: Formats and dimensions

    @Test("S1-08, S1-34, S1-41 float by default; base64 holds the same numbers", arguments: Access.allCases)
    func writesFloatsAndBase64(access: Access) async throws {
        let input = quoted(["First text", "Second text"])
        let floats = try await embed(input, access: access).openAIVectors()
        for format in [#""float""#, "null", #""""#] {
            let answer = try await embed(input, #","encoding_format":\#(format)"#, access: access)
            #expect(answer.status == 200, "\(format): \(answer)")
            #expect(try answer.openAIVectors() == floats, "\(format)")
        }
        let answer = try await embed(input, #","encoding_format":"base64""#, access: access)
        #expect(answer.status == 200, "\(answer)")
        for index in 0..<2 {
            let decoded = try #require(answer.json?["data"]?[index]?["embedding"]?.base64Floats, "\(answer)")
            #expect(decoded.count == 384)
            #expect(largestDifference(decoded, floats[index]) <= 1e-7)
        }
    }

    @Test("S1-09 dimensions cuts and normalises again", arguments: Access.allCases, [1, 78, 383, 384])
    func cutsVectors(access: Access, dimensions: Int) async throws {
        let input = quoted(["First text", "Second text"])
        let whole = try await embed(input, access: access).openAIVectors()
        let answer = try await embed(input, #","dimensions":\#(dimensions)"#, access: access)
        #expect(answer.status == 200, "\(answer)")
        let packed = try await embed(input, #","dimensions":\#(dimensions),"encoding_format":"base64""#, access: access)
        for (index, vector) in try answer.openAIVectors().enumerated() {
            #expect(vector.count == dimensions)
            #expect(largestDifference(vector, normalized(Array(whole[index].prefix(dimensions)))) <= 1e-6)
            let decoded = try #require(packed.json?["data"]?[index]?["embedding"]?.base64Floats, "\(packed)")
            #expect(largestDifference(decoded, vector) <= 1e-7)
        }
    }

    @Test("S1-09 --matryoshka plain leaves the bare prefix") func cutsPlainly() async throws {
        let server = try await ContractServer.start(
            ["tests/new-format"], environment: ["EMBEDDER_MATRYOSHKA": "plain"])
        let body = #"{"model":"tests/new-format","input":"vector search""#
        let whole = try await server.post("/v1/embeddings", body + "}").openAIVectors()
        let cut = try await server.post("/v1/embeddings", body + #","dimensions":5}"#).openAIVectors()
        #expect(cut == [Array(whole[0].prefix(5))])
        server.stop()
    }

    @Test("S1-14, S1-15 always normalised; --pooling mean is mean and L2 for every model")
    func normalisesAlways() async throws {
        let own = try await ContractServer.start(["tests/pooling"])
        let mean = try await ContractServer.start(["tests/pooling", "--pooling", "mean"])
        for (server, tensor) in [(own, "vectors"), (mean, "vectors.mean")] {
            let reference = try Reference.small("pooling", tensor: tensor)
            let answer = try await server.post(
                "/v1/embeddings", #"{"model":"tests/pooling","input":\#(quoted(reference.texts))}"#)
            #expect(answer.status == 200, "\(answer)")
            for (index, vector) in try answer.openAIVectors().enumerated() {
                #expect(largestDifference(vector, normalized(reference[index])) <= 2e-5, "\(tensor), text \(index)")
            }
            server.stop()
        }
    }
}
