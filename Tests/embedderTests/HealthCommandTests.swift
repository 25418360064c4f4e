// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import embedder

/// `embedder health`; what it says of a real server is in ``ServeTests`` and ``ShutdownTests``.
@Suite(.timeLimit(.minutes(2))) struct HealthCommandTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, ""), ("HTTP/1.0 200\n", 0, ""),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 1, "answered 503"), ("HTTP/1.1 204\r\n\r\n", 1, "answered 204"),
        ("", 1, "the answer is not HTTP"), ("\r\n", 1, "the answer is not HTTP"),
        ("SSH-2.0-OpenSSH_9.2\r\n", 1, "the answer is not HTTP"), ("HTTP/1.1 OK\r\n", 1, "the answer is not HTTP"),
        ("HTTP/1.1 -200\r\n", 1, "the answer is not HTTP"), ("HTTP/2 200\r\n", 1, "the answer is not HTTP"),
        (String(repeating: "2", count: 100_000), 1, "the answer is not HTTP"),
    ])
    func takes200ForReady(answer: String, status: Int32, message: String) throws {
        let server = try SilentServer()
        let process = try Program.make(["health", "--port", "\(server.port)", "--timeout", "60"])
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = Pipe()
        try process.run()
        let request = server.waitForClient(answer: answer)
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(
            request == "GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n")
        #expect(process.terminationStatus == status)
        #expect(message.isEmpty ? text.isEmpty : text.contains(message), "\(text)")
    }

    @Test func doesNotWaitForEver() throws {
        let server = try SilentServer()
        let result = try Program.run(["health", "--port", "\(server.port)", "--timeout", "1"])
        #expect(result.status == 1 && result.errors.hasSuffix("/health/ready: timed out\n"), "\(result.errors)")
    }

    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:8080/health/ready"), ("::1", "http://[::1]:8080/health/ready"),
        ("model", "http://model:8080/health/ready"),
    ])
    func namesWhatItAsks(host: String, url: String) {
        #expect(HealthProbe(host: host, port: 8080).url == url)
    }
}
