// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

/// What `GET /info` says of a loaded model is tested with the whole program, in ServeTests.
@Suite(.timeLimit(.minutes(1))) struct InformationTests {
    @Test func namesModelsThatStillLoad() async throws {
        try await TestServer.run(FakeService(ready: false)) { server in
            let response = try await server.connect().get("/info")
            #expect(response.status == 200)
            let model = #""model_id":"sentence-transformers/fake""#
            #expect(response.text == #"{\#(model),"version":"1.2.3","models":[{\#(model)}]}"#)
        }
    }

    @Test func needsAKeyWhenThereAreKeys() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/info").status == 401)
            #expect(try await client.get("/info", header: "x-api-key: k\r\n").status == 200)
        }
    }
}
