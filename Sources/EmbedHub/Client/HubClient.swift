// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends requests to the Hub, and follows where it sends them.
///
/// Redirections are followed here and not by the HTTP library: the token goes to the Hub's own origin and to no other.
final class HubClient: Sendable {
    /// An answer whose body is still to come.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: HTTPClientResponse.Body
        /// Where it came from, without the query.
        let source: String

        subscript(name: String) -> String? { headers.first(name: name) }
    }

    let settings: HubSettings
    /// Made when they are needed.
    private let clients = Mutex<[Way: HTTPClient]>([:])

    /// What one library's client is for.
    private struct Way: Hashable {
        let proxy: HTTPClient.Configuration.Proxy?
        let timeout: Duration
    }

    private static let maxRedirections = 5
    /// Most bytes of a body that is no file: a page of a listing has some hundred KB.
    private static let maxBodyByteCount = 16 << 20

    private init(_ settings: HubSettings) {
        self.settings = settings
    }

    /// Calls `body` with a client whose connections are closed afterwards.
    static func with<Result: Sendable>(
        _ settings: HubSettings, _ body: (HubClient) async throws -> Result
    ) async throws -> Result {
        let client = HubClient(settings)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func shutdown() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all {
            do {
                try await client.shutdown()
            } catch {
                // Connections that don't close cleanly are gone all the same.
            }
        }
    }

    /// The address of `path` at the Hub; `path` is percent-encoded already.
    func url(_ path: String) throws(HubError) -> URL {
        guard let url = URL(string: settings.endpoint + path) else {
            throw .badAnswer(url: settings.endpoint, reason: "\"\(path)\" is no path")
        }
        return url
    }

    /// Asks for an answer that is no file, and tries again while that may help.
    ///
    /// A redirection of a HEAD to another origin is the answer.
    func answer(_ url: URL, method: HTTPMethod = .GET) async throws -> (answer: Answer, body: [UInt8]) {
        var failures = 0
        while true {
            do {
                let answer = try await send(
                    url, method: method, timeout: settings.listingTimeout,
                    deadline: .now() + .init(settings.answerTimeout))
                if let failure = Self.transientFailure(answer) { throw failure }
                do {
                    let body = try await answer.body.collect(upTo: Self.maxBodyByteCount)
                    return (answer, Array(body.readableBytesView))
                } catch is NIOTooManyBytesError {
                    throw HubError.badAnswer(
                        url: answer.source, reason: "it is longer than \(Self.maxBodyByteCount) bytes")
                }
            } catch let failure as TransientFailure {
                failures += 1
                guard let delay = settings.retries.delay(after: failures, asked: failure.delay) else {
                    throw HubError.unreachable(url: Self.shown(url), reason: failure.reason)
                }
                try await settings.retries.sleep(delay)
            } catch let error where Self.isOfTransport(error) {
                failures += 1
                guard let delay = settings.retries.delay(after: failures) else {
                    throw HubError.unreachable(url: Self.shown(url), reason: "\(error)")
                }
                try await settings.retries.sleep(delay)
            }
        }
    }

    /// Asks for `url` and follows redirections, those of a HEAD only at the same origin.
    ///
    /// - Throws: ``TransientFailure`` when the server can't be reached or is silent for too long.
    func send(
        _ url: URL, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], timeout: Duration? = nil,
        deadline: NIODeadline = .distantFuture
    ) async throws -> Answer {
        var url = url
        for _ in 0...Self.maxRedirections {
            guard let origin = Origin(url) else {
                throw HubError.badRedirection(from: Self.shown(url), reason: "it is no address of a server")
            }
            let client = try client(for: origin, timeout: timeout ?? settings.timeout)
            let response = try await send(url, origin, method, headers, client, deadline: deadline)
            let answer = Answer(
                status: Int(response.status.code), headers: response.headers, body: response.body,
                source: Self.shown(url))
            guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer["location"] else {
                return answer
            }
            guard let next = URL(string: location, relativeTo: url)?.absoluteURL, let target = Origin(next) else {
                throw HubError.badRedirection(from: answer.source, reason: "to what is no address of a server")
            }
            if origin.scheme == "https", target.scheme != "https" {
                throw HubError.badRedirection(from: answer.source, reason: "from https to http, which anyone can read")
            }
            if method == .HEAD, target != origin { return answer }
            url = next
        }
        throw HubError.badRedirection(from: Self.shown(url), reason: "again and again")
    }

    private func send(
        _ url: URL, _ origin: Origin, _ method: HTTPMethod, _ headers: HTTPHeaders, _ client: HTTPClient,
        deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        guard !settings.isOffline else {
            throw HubError.unreachable(url: Self.shown(url), reason: "nothing is sent while offline")
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        request.headers = headers
        request.headers.replaceOrAdd(name: "User-Agent", value: "embedder")
        // Sizes and ranges are those of the file itself.
        request.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if let token = settings.token, origin == settings.origin {
            request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)")
        }
        do {
            return try await client.execute(request, deadline: deadline)
        } catch let error where Self.isOfTransport(error) {
            guard (error as? HTTPClientError) != .proxyAuthenticationRequired else {
                throw HubError.unreachable(url: Self.shown(url), reason: "the proxy wants a user and a password (407)")
            }
            let reason = "\(error)"
            // Asking again changes nothing.
            guard !reason.contains("CERTIFICATE_VERIFY_FAILED") else { throw HubError.untrusted(url: Self.shown(url)) }
            throw TransientFailure(reason: reason)
        }
    }

    private func client(for origin: Origin, timeout: Duration) throws(HubError) -> HTTPClient {
        let way = Way(proxy: settings.proxies.proxy(to: origin), timeout: timeout)
        return try clients.withLock { clients throws(HubError) in
            if let client = clients[way] { return client }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.timeout = .init(connect: .init(timeout), read: .init(timeout))
            // Attempts are counted here.
            configuration.connectionPool.retryConnectionEstablishment = false
            // One connection a file: with HTTP/2 all files would share one window.
            configuration.httpVersion = .http1Only
            configuration.proxy = way.proxy
            if let certificates = settings.certificates {
                configuration.tlsConfiguration = try Self.trusting(certificates)
            }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[way] = client
            return client
        }
    }

    /// Trusts the certificates in the file at `path`, and no others.
    private static func trusting(_ path: String) throws(HubError) -> TLSConfiguration {
        // The library says no more than "failed to load" of a file that is missing or holds something else.
        do {
            guard !(try NIOSSLCertificate.fromPEMFile(path)).isEmpty else {
                throw HubError.badSetting(name: "SSL_CERT_FILE", reason: "is \(path), which holds no certificate")
            }
        } catch let error as HubError {
            throw error
        } catch {
            throw .badSetting(name: "SSL_CERT_FILE", reason: "is \(path), which is no file with certificates in PEM")
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(path)
        return configuration
    }

    // MARK: Failures

    /// Whether `error` comes from the connection: neither the program's own nor a cancellation.
    static func isOfTransport(_ error: any Error) -> Bool {
        !(error is HubError) && !(error is TransientFailure) && !(error is CancellationError)
            && (error as? HTTPClientError) != .cancelled
    }

    /// The failure that `answer` stands for if it may be gone next time.
    static func transientFailure(_ answer: Answer) -> TransientFailure? {
        switch answer.status {
        case 408, 425, 429, 500...599:
            let asked = answer["retry-after"].flatMap { Int($0) }.map { Duration.seconds(max(0, min($0, 3600))) }
            return TransientFailure(reason: "\(answer.source) answered \(answer.status)", delay: asked)
        default:
            return nil
        }
    }

    /// The error that the Hub's refusal `answer` stands for.
    func refusal(_ answer: Answer, id: RepositoryID, revision: String) -> HubError {
        switch (answer["x-error-code"], answer.status) {
        case ("GatedRepo", _): .gated(id: id.text, endpoint: settings.endpoint, hasToken: settings.token != nil)
        case ("RevisionNotFound", _): .revisionNotFound(id: id.text, revision: revision)
        // The Hub says 401 for what is not there to who hasn't said who they are.
        case ("RepoNotFound", _), (nil, 401), (nil, 404):
            .repositoryNotFound(
                id: id.text, endpoint: settings.endpoint, hasToken: settings.token != nil, similar: [])
        case (_, 401), (_, 403): .forbidden(id: id.text, message: message(answer))
        default: .status(url: answer.source, code: answer.status, message: message(answer))
        }
    }

    /// What the server says of an error: one short line without the token.
    private func message(_ answer: Answer) -> String {
        var text = String((answer["x-error-message"] ?? "").prefix(200).filter { !$0.isNewline })
        if let token = settings.token, !token.isEmpty { text = text.replacing(token, with: "********") }
        return text
    }

    /// An address for messages: without its query, which may be a signature.
    static func shown(_ url: URL) -> String {
        String(url.absoluteString.prefix { $0 != "?" && $0 != "#" })
    }
}
