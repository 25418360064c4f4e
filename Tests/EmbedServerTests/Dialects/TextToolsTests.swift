// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Foundation
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct TextToolsTests {
    @Test func tellsTokensWithTheirBytes() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let framed = try await client.post(#"{"inputs":"a"}"#, to: "/tokenize")
            #expect(
                framed.text
                    == #"[[{"id":101,"text":"[CLS]","special":true,"start":null,"stop":null},"#
                    + #"{"id":97,"text":"a","special":false,"start":0,"stop":1},"#
                    + #"{"id":102,"text":"[SEP]","special":true,"start":null,"stop":null}]]"#)
            let bare = try await client.post(#"{"inputs":["a",""],"add_special_tokens":false}"#, to: "/tokenize")
            #expect(bare.text == #"[[{"id":97,"text":"a","special":false,"start":0,"stop":1}],[]]"#)
        }
    }

    @Test func putsThePromptBefore() async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            let body = #"{"inputs":"a","prompt_name":"query","add_special_tokens":false}"#
            let tokens = try await client.post(body, to: "/tokenize").text
            #expect(tokens.hasSuffix(#"{"id":97,"text":"a","special":false,"start":2,"stop":3}]]"#), "\(tokens)")
            let inputs = #""inputs":{"source_sentence":"a","sentences":["b"]}"#
            for parameters in ["null", "{}", #"{"prompt_name":"query"}"#] {
                let response = try await client.post(#"{\#(inputs),"parameters":\#(parameters)}"#, to: "/similarity")
                #expect(response.status == 200)
            }
            #expect(service.requests.map(\.prompt) == [.automatic, .automatic, .named("query")])
        }
    }

    @Test(arguments: [
        ("/tokenize", #"{"inputs":"a","prompt_name":"none"}"#),
        (
            "/similarity",
            #"{"inputs":{"source_sentence":"a","sentences":["b"]},"parameters":{"prompt_name":"none"}}"#
        ),
    ])
    func namesThePromptsThereAre(path: String, body: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(body, to: path)
            #expect(response.status == 400)
            #expect(
                response.text
                    == #"{"error":"The model has no prompt `none`; it has `query`.","error_type":"Validation"}"#)
        }
    }

    @Test func givesTheProductOfVectorsAsSimilarity() async throws {
        try await TestServer.run { server in
            let body = #"{"inputs":{"source_sentence":"a","sentences":["b","cde"]}}"#
            let response = try await server.connect().post(body, to: "/similarity")
            let found = try #require(try JSONSerialization.jsonObject(with: Data(response.text.utf8)) as? [Double])
            let vectors = [3, 3, 5].enumerated().map { input, tokens in
                (0..<5).map { Double(FakeService.component($0, input: input, tokens: tokens)) }
            }
            #expect(found.count == 2)
            for (index, value) in found.enumerated() {
                let product = zip(vectors[0], vectors[index + 1]).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(value - product) < 1e-6)
            }
        }
    }

    @Test(arguments: [
        ("/tokenize", "{}", "inputs"), ("/tokenize", #"{"inputs":7}"#, "inputs"),
        ("/tokenize", #"{"inputs":["a",7]}"#, "inputs[1]"),
        ("/tokenize", #"{"inputs":"a","add_special_tokens":1}"#, "add_special_tokens"),
        ("/similarity", "{}", "inputs"), ("/similarity", #"{"inputs":[]}"#, "inputs"),
        ("/similarity", #"{"inputs":{"sentences":["a"]}}"#, "inputs.source_sentence"),
        ("/similarity", #"{"inputs":{"source_sentence":"a","sentences":[]}}"#, "inputs.sentences"),
        ("/similarity", #"{"inputs":{"source_sentence":"a","sentences":"b"}}"#, "inputs.sentences"),
        ("/tokenize", #"{"inputs":"a","prompt_name":7}"#, "prompt_name"),
        ("/similarity", #"{"inputs":{"source_sentence":"a","sentences":["b"]},"parameters":7}"#, "parameters"),
        (
            "/similarity", #"{"inputs":{"source_sentence":"a","sentences":["b"]},"parameters":{"prompt_name":7}}"#,
            "parameters.prompt_name"
        ),
    ])
    func namesTheFieldThatIsWrong(path: String, body: String, field: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(body, to: path)
            #expect(response.status == 422)
            #expect(response.text.hasPrefix(#"{"error":"`\#(field)`: "#), "\(response.text)")
            #expect(response.text.hasSuffix(#""error_type":"Validation"}"#))
        }
    }
}
