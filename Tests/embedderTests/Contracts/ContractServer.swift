// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Synchronization
import Testing

/// Who calls: anyone at an open server, or the holder of a key at a server that asks for one.
enum Access: String, CaseIterable, Sendable {
    case open
    case keyed
}

/// A server for the contracts' tests, and the headers that its clients send with every request.
final class ContractServer: Sendable {
    /// Two, so that each is tried somewhere; both are of the length that people choose.
    static let key = "contract-key-1"
    static let otherKey = "contract-key-2"

    let models: ModelsFolder
    let running: RunningServer
    private let headers: [String: String]

    private init(models: ModelsFolder, running: RunningServer, headers: [String: String]) {
        self.models = models
        self.running = running
        self.headers = headers
    }

    /// A server of one's own; all-MiniLM-L6-v2 is its model unless the arguments or the environment say otherwise.
    static func start(
        _ arguments: [String] = [], environment: [String: String] = [:], access: Access = .open,
        models: ModelsFolder? = nil, port: Int? = nil, choosesPort: Bool = true
    ) async throws -> ContractServer {
        let models = try models ?? ModelsFolder()
        var variables = models.environment.merging(environment) { _, new in new }
        if access == .keyed { variables["EMBEDDER_API_KEY"] = "\(key),\(otherKey)" }
        let running = try await RunningServer.start(
            arguments, environment: variables, directory: models.workingDirectory, port: port, choosesPort: choosesPort)
        return ContractServer(
            models: models, running: running, headers: access == .keyed ? ["X-API-Key": key] : [:])
    }

    /// The one server in its defaults that all contracts share, or its twin with keys.
    static func shared(_ access: Access) async throws -> ContractServer {
        try await SharedServers.shared.server(access)
    }

    var port: Int { running.port }
    var log: String { running.log }

    /// The answers to requests with the headers of the server's clients.
    func get(_ path: String, _ extra: [String: String] = [:]) async throws -> RunningServer.Answer {
        try await running.get(path, headers.merging(extra) { _, new in new })
    }

    func post(_ path: String, _ json: String, _ extra: [String: String] = [:]) async throws -> RunningServer.Answer {
        try await running.post(path, json, headers.merging(extra) { _, new in new })
    }

    /// Any method, with a body or none; no content type unless it is in `extra`.
    func send(
        _ method: String, _ path: String, _ extra: [String: String] = [:], body: String? = nil
    ) async throws -> RunningServer.Answer {
        try await running.send(
            method, path, headers: headers.merging(extra) { _, new in new }.map { ($0.key, $0.value) },
            body: body.map { Array($0.utf8) })
    }

    /// The same as clients without any key send it.
    func anonymous(
        _ method: String, _ path: String, _ extra: [String: String] = [:], body: String? = nil
    ) async throws -> RunningServer.Answer {
        try await running.send(
            method, path, headers: extra.map { ($0.key, $0.value) }, body: body.map { Array($0.utf8) })
    }

    /// Ends the server and checks that it ended well.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) {
        let status = running.stop()
        #expect(status == 0, "\(log.suffix(300))", sourceLocation: sourceLocation)
    }
}

/// Starts each shared server when it is first asked for, and ends them with the tests.
private actor SharedServers {
    static let shared = SharedServers()

    private var starts: [Access: Task<ContractServer, any Error>] = [:]

    func server(_ access: Access) async throws -> ContractServer {
        if let start = starts[access] { return try await start.value }
        let start = Task {
            let server = try await ContractServer.start(access: access)
            Leftovers.add(process: server.running.processIdentifier, folder: server.models.workingDirectory)
            return server
        }
        starts[access] = start
        return try await start.value
    }
}

/// What outlives every test: ended and removed when the tests' process exits.
private enum Leftovers {
    private static let all = Mutex<[(process: Int32, folder: String)]>([])

    static func add(process: Int32, folder: String) {
        let isFirst = all.withLock { leftovers in
            leftovers.append((process, folder))
            return leftovers.count == 1
        }
        if isFirst { atexit { Leftovers.remove() } }
    }

    private static func remove() {
        for leftover in all.withLock({ $0 }) {
            kill(leftover.process, SIGTERM)
            try? FileManager.default.removeItem(atPath: leftover.folder)
        }
    }
}

extension ContractServer {
    /// Memory of the server's process that is in use now.
    func residentBytes() throws -> Int { try running.residentBytes() }
}
