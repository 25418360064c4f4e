// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What signals do to a server.
@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
    private static let body = #"{"model":"new-format","input":"a"}"#

    @Test func servesOnDuringTheDelayAndIsNotReady() async throws {
        let server = try await start("--drain-delay", "10m")
        server.signal(SIGTERM)
        try await waitUntilNotReady(server)
        #expect(try await server.get("/healthcheck").status == 503)
        #expect(try await server.get("/health").status == 200)
        // Connections are taken as before, and kept.
        #expect(HeldRequest.isOpen(port: server.port))
        let answer = try await server.post("/v1/embeddings", Self.body)
        #expect(answer.status == 200 && answer[header: "connection"] == nil)
        #expect(try Program.run(["health", "--port", "\(server.port)"]).status == 1)
        // The second signal, which does not wait for the delay.
        #expect(server.stop(SIGTERM) == 1)
    }

    @Test func endsAfterTheDelay() async throws {
        let server = try await start("--drain-delay", "300ms")
        // A connection that does nothing is closed, not waited for.
        _ = try await server.get("/health")
        #expect(server.stop(SIGTERM) == 0)
        #expect(server.log.contains(#""message":"stopping","delay":"0.3 seconds","signal":"SIGTERM""#))
    }

    @Test func skipsTheDelayForSomeoneAtATerminal() async throws {
        let server = try await start("--drain-delay", "10m")
        #expect(server.stop(SIGINT) == 0)
    }

    @Test(arguments: ["0s", "100ms"])
    func finishesWhatItHasBegunBeforeItStops(delay: String) async throws {
        let server = try await start("--drain-delay", delay, "--drain-timeout", "10m")
        let held = try HeldRequest(port: server.port, path: "/v1/embeddings", body: Self.body)
        server.signal(SIGTERM)
        try await server.waitUntilClosed()
        let answer = held.finish()
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        #expect(server.waitUntilExit() == 0)
    }

    @Test func cutsOffWhatTakesLongerThanTheTimeout() async throws {
        let server = try await start("--drain-timeout", "200ms")
        let held = try HeldRequest(port: server.port, path: "/v1/embeddings", body: Self.body)
        #expect(server.stop(SIGTERM) == 1)
        #expect(held.finish().isEmpty)
        #expect(server.log.contains(#""requests are cut off: the time to finish them is over","requests":"1""#))
    }

    /// Nothing is cut off where nothing was begun.
    @Test func cutsOffNoIdleConnections() async throws {
        let server = try await start("--drain-timeout", "0")
        _ = try await server.get("/health")
        #expect(server.stop(SIGTERM) == 0)
        #expect(!server.log.contains("cut off"))
    }

    @Test func stopsAtOnceOnTheSecondSignal() async throws {
        let server = try await start()
        let held = try HeldRequest(port: server.port, path: "/v1/embeddings", body: Self.body)
        server.signal(SIGTERM)
        try await server.waitUntilClosed()
        server.signal(SIGTERM)
        #expect(server.waitUntilExit() == 1)
        #expect(held.finish().isEmpty)
    }

    /// A Hub that never answers, and a model that has to come from there before there is a server.
    @Test func stopsInTheMiddleOfADownload() async throws {
        let hub = try SilentServer()
        let process = try Program.make(
            ["serve", "org/name"],
            environment: [
                "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": "http://127.0.0.1:\(hub.port)", "HF_HOME": "/nonexistent",
            ])
        try process.run()
        hub.waitForClient()
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    private func start(_ arguments: String...) async throws -> RunningServer {
        try await RunningServer.start([Program.model] + arguments)
    }

    private func waitUntilNotReady(_ server: RunningServer) async throws {
        while try await server.get("/health/ready").status == 200 { try await Task.sleep(for: .milliseconds(5)) }
    }
}
