// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

/// Which service a body of `POST /embeddings` is taken for.
@Suite(.timeLimit(.minutes(1))) struct SharedEmbeddingsTests {
    static let bodies: [(body: String, withKey: Bool, status: Int, member: String)] = [
        (#"{"text":"a"}"#, false, 200, #"{"embeddings":[["#),
        (#"{"text":"a","texts":["b"],"input":"c"}"#, false, 200, #"{"embeddings":[["#),
        (#"{"text":""}"#, false, 400, #"{"error":"Text is required"}"#),
        (#"{"texts":["a"]}"#, false, 200, #""total_texts":1"#),
        (#"{"texts":["a"]}"#, true, 200, #""total_texts":1"#),
        (#"{"texts":[]}"#, true, 422, #"{"detail":[{"type":"too_short","loc":["body","texts"]"#),
        (#"{"input":"a"}"#, false, 200, #"{"object":"list""#),
        (#"{"input":"a","model":"other"}"#, false, 400, #""code":"model_not_found""#),
        (#"{"input":7}"#, true, 422, #"{"error":{"message""#),
        ("{}", false, 422, #"{"detail":[{"type":"missing","loc":["body","texts"]"#),
        ("{}", true, 400, #"{"error":"Text is required"}"#),
        ("[1]", false, 422, #"{"detail":[{"type":"model_attributes_type","loc":["body"]"#),
        ("[1]", true, 400, #"{"error":"Text is required"}"#),
        ("{", false, 422, #"{"detail":[{"type":"json_invalid","loc":["body",1]"#),
        ("{", true, 400, #"{"error":"The body is not valid JSON"#),
        ("", false, 422, #"{"detail":[{"type":"missing","loc":["body"]"#),
        ("", true, 400, #"{"error":"The body is empty"#),
    ]

    @Test(arguments: bodies)
    func tellsServicesApart(body: String, withKey: Bool, status: Int, member: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(
                body, to: "/embeddings", header: withKey ? "x-api-key: abc123\r\n" : "")
            #expect(response.status == status)
            #expect(response.text.contains(member), "\(response.text.prefix(300))")
        }
    }

    @Test func answersOtherMethodsAsEverywhere() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().get("/embeddings")
            #expect(response.status == 405)
            #expect(response.header["allow"] == "POST")
            #expect(response.text == #"{"detail":"Method Not Allowed"}"#)
        }
    }
}
