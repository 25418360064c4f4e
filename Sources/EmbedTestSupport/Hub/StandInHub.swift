// SPDX-License-Identifier: Apache-2.0

import Crypto
import Synchronization

/// A small Hub on this machine: one repository, its API, and another port that serves large files as a CDN does.
package final class StandInHub: Sendable {
    /// What tests change.
    package struct Behaviour: Sendable {
        /// Answers instead of the Hub, if it does.
        package var hub: @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer? = { _ in nil }
        /// Answers instead of the CDN, if it does.
        package var cdn: @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer? = { _ in nil }
        /// Only who brings it is let in.
        package var token: String?
        package var isGated = false
        /// Sends whole files, whatever part is asked for.
        package var ignoresRanges = false

        package init() {}
    }

    package static let commit = "0123456789abcdef0123456789abcdef01234567"

    package let id: String
    package let files: [String: [UInt8]]
    private let behaviour: Mutex<Behaviour>
    private let servers = Mutex<(hub: LoopbackServer?, cdn: LoopbackServer?)>((nil, nil))

    private init(id: String, files: [String: [UInt8]], behaviour: Behaviour) {
        self.id = id
        self.files = files
        self.behaviour = Mutex(behaviour)
    }

    /// A Hub with the repository `id`; its files larger than 4,096 bytes are in large file storage.
    package static func start(
        id: String = "org/name", files: [String: [UInt8]], _ behaviour: Behaviour = Behaviour()
    ) async throws -> StandInHub {
        let hub = StandInHub(id: id, files: files, behaviour: behaviour)
        let cdn = try await LoopbackServer.start { [weak hub] in hub?.answerOfCDN($0) ?? .init(500) }
        let front = try await LoopbackServer.start { [weak hub] in hub?.answer($0) ?? .init(500) }
        hub.servers.withLock { $0 = (front, cdn) }
        return hub
    }

    package var endpoint: String { "http://127.0.0.1:\(hub.port)" }
    package var requests: [LoopbackServer.Request] { hub.requests }
    package var requestsOfCDN: [LoopbackServer.Request] { cdn.requests }

    package func change(_ body: (inout Behaviour) -> Void) { behaviour.withLock { body(&$0) } }

    private var hub: LoopbackServer { server(\.hub) }
    private var cdn: LoopbackServer { server(\.cdn) }

    private func server(_ path: KeyPath<(hub: LoopbackServer?, cdn: LoopbackServer?), LoopbackServer?>)
        -> LoopbackServer
    {
        guard let server = servers.withLock({ $0[keyPath: path] }) else { preconditionFailure("not started") }
        return server
    }

    // MARK: Names of contents

    package static func isLarge(_ content: [UInt8]) -> Bool { content.count > 4096 }

    package static func sha256(_ content: [UInt8]) -> String { hexadecimal(SHA256.hash(data: content)) }

    /// Git's name of the content.
    package static func gitHash(_ content: [UInt8]) -> String {
        hexadecimal(Insecure.SHA1.hash(data: Array("blob \(content.count)\0".utf8) + content))
    }

    /// What the cache calls the content.
    package static func etag(_ content: [UInt8]) -> String { isLarge(content) ? sha256(content) : gitHash(content) }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    // MARK: Answers

    private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let behaviour = behaviour.withLock { $0 }
        if let answer = behaviour.hub(request) { return answer }
        if let token = behaviour.token, request["Authorization"] != "Bearer \(token)" {
            return behaviour.isGated
                ? .init(request["Authorization"] == nil ? 401 : 403, [("X-Error-Code", "GatedRepo")])
                : .init(401, [("X-Error-Message", "Invalid username or password.")])
        }
        let resolve = "/\(id)/resolve/\(Self.commit)/"
        switch request.path {
        case "/api/models/\(id)/revision/main", "/api/models/\(id)/revision/v1.0":
            return .init(body: Array(#"{"id":"\#(id)","sha":"\#(Self.commit)"}"#.utf8))
        case "/api/models/\(id)/tree/\(Self.commit)": return .init(body: Array(tree.utf8))
        case let path where path.hasPrefix("/api/models/\(id)/revision/"):
            return .init(404, [("X-Error-Code", "RevisionNotFound")])
        case "/api/models": return .init(body: Array(#"[{"id":"\#(id)"}]"#.utf8))
        case let path where path.hasPrefix(resolve):
            guard let content = files[String(path.dropFirst(resolve.count))] else {
                return .init(404, [("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", Self.commit)])
            }
            guard Self.isLarge(content) else {
                return .init(200, [("ETag", "\"\(Self.etag(content))\"")], body: content)
            }
            let address = "http://127.0.0.1:\(cdn.port)/\(path.dropFirst(resolve.count))?signature=secret"
            return .init(
                302,
                [
                    ("Location", address), ("X-Linked-Etag", "\"\(Self.etag(content))\""),
                    ("X-Linked-Size", "\(content.count)"),
                ])
        default:
            return .init(404, [("X-Error-Code", "RepoNotFound")])
        }
    }

    private func answerOfCDN(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let behaviour = behaviour.withLock { $0 }
        if let answer = behaviour.cdn(request) { return answer }
        guard let content = files[String(request.path.dropFirst())] else { return .init(404) }
        // "bytes=100-"
        guard !behaviour.ignoresRanges, let range = request["Range"],
            let start = Int(range.dropFirst("bytes=".count).dropLast())
        else { return .init(body: content) }
        guard start < content.count else { return .init(416) }
        return .init(
            206, [("Content-Range", "bytes \(start)-\(content.count - 1)/\(content.count)")],
            body: Array(content[start...]))
    }

    /// The listing, as the Hub gives it.
    package var tree: String {
        let entries = files.sorted { $0.key < $1.key }.map { path, content in
            let lfs =
                Self.isLarge(content)
                ? #","lfs":{"oid":"\#(Self.sha256(content))","size":\#(content.count),"pointerSize":134}"# : ""
            return
                #"{"type":"file","path":"\#(path)","size":\#(content.count),"oid":"\#(Self.gitHash(content))"\#(lfs)}"#
        }
        return "[{\"type\":\"directory\",\"path\":\"onnx\",\"oid\":\"\",\"size\":0},\(entries.joined(separator: ","))]"
    }
}
