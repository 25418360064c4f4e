// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct HealthTests {
    @Test func livesWithAndWithoutModel() async throws {
        for isReady in [true, false] {
            try await TestServer.run(FakeService(ready: isReady)) { server in
                let response = try await server.connect().get("/health")
                #expect(response.status == 200)
                let json = try response.json()
                #expect(json["status"] as? String == "ok")
                #expect(json["version"] as? String == "1.2.3")
                #expect(json["model_loaded"] as? Bool == isReady)
                #expect(try #require(json["uptime"] as? Double) >= 0)
            }
        }
    }

    @Test func isReadyOnceTheServiceIs() async throws {
        try await TestServer.run { server in
            let response = try await server.connect().get("/health/ready")
            #expect(response.status == 200)
            #expect(response.text == #"{"status":"ready","model":"fake","supports_images":false}"#)
        }
    }

    @Test func isNotReadyBefore() async throws {
        try await TestServer.run(FakeService(ready: false)) { server in
            let response = try await server.connect().get("/health/ready")
            #expect(response.status == 503)
            #expect(response.text == #"{"status":"not_ready","error":"Model not loaded"}"#)
            #expect(response.header["retry-after"] == "1")
        }
    }

    @Test func needsNoKey() async throws {
        try await TestServer.run(configure: { $0.apiKeys = ["k"] }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/health").status == 200)
            #expect(try await client.get("/health/ready").status == 200)
        }
    }
}
