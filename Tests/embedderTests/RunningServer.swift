// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import EmbedJSON
import EmbedTestSupport
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// A server process that answers.
final class RunningServer: Sendable {
    /// What came back for one request.
    struct Answer: Sendable, CustomStringConvertible {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]
        /// The body, when it is JSON.
        let json: JSONValue?

        var text: String { String(decoding: body, as: UTF8.self) }

        /// Status and the beginning of the body, for messages of tests.
        var description: String { "\(status) \(text.prefix(300))" }

        subscript(header name: String) -> String? { headers.first(name: name) }
    }

    let port: Int
    let processIdentifier: Int32
    private let process: Process
    private let output: LogCollector

    private init(process: Process, output: LogCollector, port: Int) {
        self.process = process
        self.output = output
        self.port = port
        processIdentifier = process.processIdentifier
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// Starts a server and waits until it is ready.
    ///
    /// On a free port, which the log tells; `port` sets one, for servers that log nothing. With `choosesPort` false no
    /// port is asked for: the environment, a file or the default decides.
    static func start(
        _ arguments: [String] = [], environment: [String: String] = [:], directory: String = "/",
        port fixedPort: Int? = nil, choosesPort: Bool = true, waitsUntilReady: Bool = true
    ) async throws -> RunningServer {
        let portArguments = choosesPort ? ["--port", "\(fixedPort ?? 0)"] : []
        let process = try Program.make(
            ["serve", "--threads", "2"] + portArguments + arguments, environment: environment, directory: directory)
        let pipe = Pipe()
        process.standardError = pipe
        let output = LogCollector(pipe)
        try process.run()
        var port = fixedPort
        while port == nil {
            guard process.isRunning else { throw await ended(output) }
            port = output.text.firstMatch(of: /"url":"http:\/\/[^"]*:(\d+)"/).flatMap { Int($0.1) }
            try await Task.sleep(for: .milliseconds(5))
        }
        let server = RunningServer(process: process, output: output, port: port ?? 0)
        while waitsUntilReady, try await !server.isReady() {
            guard process.isRunning else { throw await ended(output) }
            try await Task.sleep(for: .milliseconds(5))
        }
        return server
    }

    /// What a server said that ended before it was ready.
    private static func ended(_ output: LogCollector) async -> TestSupportError {
        for _ in 0..<200 where !output.isComplete { _ = try? await Task.sleep(for: .milliseconds(5)) }
        return TestSupportError("the server ended: \(output.text)")
    }

    /// Everything the server has logged.
    var log: String { output.text }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers.map { ($0.key, $0.value) })
    }

    func post(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws -> Answer {
        let fields = [("Content-Type", "application/json")] + headers.map { ($0.key, $0.value) }
        return try await send("POST", path, headers: fields, body: Array(body.utf8))
    }

    /// Sends exactly this; redirections are answers like others.
    func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let bytes = Array(try await response.body.collect(upTo: 64 << 20).readableBytesView)
        let json = try? JSONDocument(parsing: bytes)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: bytes, json: json?.root)
    }

    /// Follows no redirections; lives as long as the tests.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.maximumUsesPerConnection = 1000
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Whether it takes connections and says that it is ready.
    private func isReady() async throws -> Bool {
        guard HeldRequest.isOpen(port: port) else { return false }
        return try await get("/health/ready").status == 200
    }

    /// Waits until no new connection is taken.
    func waitUntilClosed() async throws {
        while HeldRequest.isOpen(port: port) { try await Task.sleep(for: .milliseconds(5)) }
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Sends `signal` and returns the exit status.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        self.signal(signal)
        return waitUntilExit()
    }

    func waitUntilExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// Collects what a process writes.
private final class LogCollector: Sendable {
    private let collected = Mutex<(data: Data, isComplete: Bool)>((Data(), false))

    init(_ pipe: Pipe) {
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.collected.withLock { collected in
                collected.data.append(data)
                collected.isComplete = data.isEmpty
            }
        }
    }

    var text: String { collected.withLock { String(decoding: $0.data, as: UTF8.self) } }

    /// Whether the process has closed its end.
    var isComplete: Bool { collected.withLock { $0.isComplete } }
}

extension RunningServer {
    /// Memory of the process: what is in use now, or as "VmHWM" the most that ever was.
    func residentBytes(_ name: String = "VmRSS") throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) * 1024
    }
}
