// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct SimpleModelServiceTests {
    @Test func answersABareArray() async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let response = try await server.connect().post(#"{"text":" a "}"#, to: "/embed")
            #expect(response.status == 200)
            #expect(response.text == "[1.6666666,2.0,2.3333333,2.6666667,3.0]")
        }
        #expect(service.requests.map(\.longTexts) == [.cut])
        #expect(service.requests.map(\.normalization) == [.always])
    }

    static let refusals: [(body: String, type: String, location: String)] = [
        (#"{"invalid_field":"x"}"#, "missing", #"["body","text"]"#),
        (#"{"text":""}"#, "string_too_short", #"["body","text"]"#),
        (#"{"text":" "}"#, "value_error", #"["body","text"]"#),
        (#"{"text":"\t\n \u001c\u00a0\u2003"}"#, "value_error", #"["body","text"]"#),
        (#"{"text":7}"#, "string_type", #"["body","text"]"#),
        (#"{"text":null}"#, "string_type", #"["body","text"]"#),
        (#"{"text":["a"]}"#, "string_type", #"["body","text"]"#),
        ("[]", "model_attributes_type", #"["body"]"#),
        ("", "missing", #"["body"]"#),
        (#"{"text""#, "json_invalid", #"["body",7]"#),
    ]

    @Test(arguments: refusals)
    func refusesAsFastAPIDoes(body: String, type: String, location: String) async throws {
        try await TestServer.run { server in
            let response = try await server.connect().post(body, to: "/embed")
            #expect(response.status == 422)
            #expect(response.text.hasPrefix(#"{"detail":[{"type":"\#(type)","loc":\#(location),"msg":""#))
        }
    }

    @Test(arguments: [true, false])
    func isHealthyOnceItCanEmbed(isReady: Bool) async throws {
        try await TestServer.run(FakeService(ready: isReady), configure: { $0.apiKeys = ["k"] }) { server in
            let response = try await server.connect().get("/healthcheck")
            #expect(response.status == (isReady ? 200 : 503))
            #expect(response.text == (isReady ? #"{"status":"ok"}"# : #"{"detail":"Model not loaded"}"#))
        }
    }
}
