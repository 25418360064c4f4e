// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedServing
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix

/// Receives request bodies and decodes them as JSON, within the server's limits.
struct BodyReader: Sendable {
    /// Larger bodies are decoded away from the threads that serve all requests: 32 MiB of JSON takes tenths of a second.
    private static let smallBody = 256 << 10
    /// What is reserved at once on a client's word about its length.
    private static let largestReservation = 1 << 20

    private var byteLimit: Int
    private let valueLimit: Int
    let budget: ByteBudget

    /// - Parameters:
    ///   - byteLimit: of one body.
    ///   - valueLimit: JSON values of one body.
    ///   - budget: bytes of all bodies together.
    init(byteLimit: Int, valueLimit: Int, budget: ByteBudget) {
        self.byteLimit = byteLimit
        self.valueLimit = valueLimit
        self.budget = budget
    }

    /// The same with another bound for one body.
    func limited(toBytes byteLimit: Int) -> BodyReader {
        var reader = self
        reader.byteLimit = byteLimit
        return reader
    }

    /// Decodes the body of `request` with `decode`, which gets the JSON's root.
    ///
    /// - Throws: ``RequestFailure``: what the client must change, or that it was too slow.
    func decode<Content: Sendable>(
        _ request: Request, _ scope: RequestScope,
        with decode: @escaping @Sendable (JSONValue) throws(RequestFailure) -> Content
    ) async throws -> Content {
        try await self.decode(request, scope, with: decode, keepingWhile: { _ in false }, then: { $0 })
    }

    /// Decodes the body of `request` with `decode`, and calls `use` with its content.
    ///
    /// The body counts against the budget until `use` returns when `isLarge` says that the content is about as large:
    /// images are, and may have to wait for their turn.
    func decode<Content: Sendable, Result>(
        _ request: Request, _ scope: RequestScope,
        with decode: @escaping @Sendable (JSONValue) throws(RequestFailure) -> Content,
        keepingWhile isLarge: (Content) -> Bool, then use: (Content) async throws -> Result
    ) async throws -> Result {
        let (content, byteCount) = try await receive(request, scope, with: decode)
        var kept = byteCount
        defer { budget.release(kept) }
        if !isLarge(content) {
            budget.release(kept)
            kept = 0
        }
        return try await use(content)
    }

    /// The content of a body and its size, which the caller releases from the budget.
    private func receive<Content: Sendable>(
        _ request: Request, _ scope: RequestScope,
        with decode: @escaping @Sendable (JSONValue) throws(RequestFailure) -> Content
    ) async throws -> (Content, byteCount: Int) {
        try checkHeader(request.headers)
        if request.headers.contains(.expect) { scope.askForBody() }
        let bytes = try await receive(request)
        do {
            guard !bytes.isEmpty else { throw RequestFailure.emptyBody }
            guard bytes.count > Self.smallBody else { return (try parse(bytes, decode), bytes.count) }
            return (try await NIOThreadPool.singleton.runIfActive { try parse(bytes, decode) }, bytes.count)
        } catch {
            budget.release(bytes.count)
            throw error
        }
    }

    private func parse<Content>(
        _ bytes: [UInt8], _ decode: (JSONValue) throws(RequestFailure) -> Content
    ) throws(RequestFailure) -> Content {
        if ValueCount.isOver(valueLimit, in: bytes) { throw .tooManyValues(limit: valueLimit) }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: bytes, limits: .requests)
        } catch {
            throw .invalidJSON(error)
        }
        return try decode(document.root)
    }

    private func checkHeader(_ header: HTTPFields) throws(RequestFailure) {
        if let encoding = header[.contentEncoding], encoding.lowercased() != "identity" {
            throw .contentEncoding(found: encoding)
        }
        // NIO undoes "chunked" and nothing else.
        if let encoding = header[.transferEncoding], encoding.lowercased() != "chunked" {
            throw .transferEncoding(found: encoding)
        }
        // A missing type counts as JSON. Others don't: a web page may send them anywhere without asking.
        if let type = header[.contentType], type != "application/json", !ContentType(type).isJSON {
            throw .contentType(found: type)
        }
        if let length = header[.contentLength].flatMap({ Int($0) }), length > byteLimit {
            throw .bodyTooLarge(limit: byteLimit)
        }
    }

    /// All bytes of the body.
    ///
    /// They count against the budget; the caller releases them.
    private func receive(_ request: Request) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
            bytes.reserveCapacity(min(length, Self.largestReservation))
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= byteLimit else {
                    throw RequestFailure.bodyTooLarge(limit: byteLimit)
                }
                guard budget.take(part.readableBytes) else { throw RequestFailure.bodyBudgetSpent }
                bytes.append(contentsOf: part.readableBytesView)
            }
            return bytes
        } catch {
            budget.release(bytes.count)
            throw error
        }
    }
}
