// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct AccessLogTests {
    @Test func writesOneLineARequest() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            _ = try await client.post(
                #"{"model":"fake","input":"a"}"#, header: "x-request-id: id-1\r\n")
            _ = try await client.get("/secret/path?key=value", header: "x-request-id: id-2\r\n")
            let lines = server.log.lines.filter { $0.contains("answered") }
            #expect(lines.count == 2)
            #expect(lines[0].hasPrefix("debug answered"))
            #expect(lines[0].contains("method=POST milliseconds="))
            #expect(lines[0].contains("request_id=id-1 route=/v1/embeddings status=200"))
            #expect(lines[1].hasPrefix("info answered"))
            #expect(lines[1].contains("request_id=id-2 route=unknown status=404"))
        }
    }

    /// On every route that embeds texts, as its header does.
    @Test(arguments: [
        ("/v1/embeddings", #"{"model":"fake","input":["TEXT","a"]}"#),
        ("/embeddings", #"{"text":"TEXT"}"#), ("/embeddings", #"{"texts":["TEXT"]}"#),
        ("/embeddings", #"{"input":"TEXT"}"#), ("/embeddings/batch", #"{"texts":["a","TEXT"]}"#),
        ("/embed", #"{"text":"TEXT"}"#),
        ("/similarity", #"{"inputs":{"source_sentence":"a","sentences":["TEXT"]}}"#),
    ])
    func saysHowManyInputsWereCut(path: String, body: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let long = String(repeating: "x", count: FakeService.longestText + 1)
            let response = try await client.post(body.replacing("TEXT", with: long), to: path)
            #expect(response.status == 200)
            #expect(response.header["x-truncated-inputs"] == "1")
            _ = try await client.post(body, to: path)
            let lines = server.log.lines.filter { $0.contains("answered") }
            #expect(lines[0].hasPrefix("info answered"))
            #expect(lines[0].contains("status=200 truncated_inputs=1"))
            #expect(lines[1].hasPrefix("debug answered"))
            #expect(!lines[1].contains("truncated_inputs"))
        }
    }

    @Test func neverHoldsKeysOrTexts() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["planted-key"] }) { server in
            let client = try await server.connect()
            let headers = [
                "X-API-Key: planted-key\r\n", "X-API-Key: planted-wrong\r\n", "Authorization: Bearer planted\r\n",
            ]
            let bodies = [
                #"{"model":"fake","input":"planted"}"#, #"{"model":"planted","input":"planted"}"#,
                #"{"model":"fake","input":["planted",7]}"#, #"{"planted"#, #"{"planted":1,"planted":2}"#,
            ]
            for header in headers {
                for body in bodies { _ = try await client.post(body, header: header) }
                _ = try await client.get("/planted?planted=planted", header: header)
            }
            let broken = try await server.connect()
            try await broken.send("planted planted planted\r\n\r\n")
            _ = try await broken.response()
            #expect(server.log.lines.count > 18)
            #expect(!server.log.lines.contains { $0.contains("planted") })
        }
    }
}
