// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix

/// A connection that sends exactly the bytes it is told to, and reads responses one by one.
final class WireClient {
    enum Failure: Error {
        /// The server closed before a whole response came; with what had come.
        case closed(String)
        case malformed(String)
    }

    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.Iterator
    private var buffer: [UInt8] = []

    init(port: Int) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.pipeline.addHandler(Receiver(continuation))
            }
            .connect(host: "127.0.0.1", port: port).get()
        incoming = stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws {
        try await send(bytes: Array(text.utf8))
    }

    func send(bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends without waiting: the server may not take it all.
    func sendWithoutWaiting(bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Leaves what the server sends in the system's buffers from now on.
    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    /// Sends until the server has closed.
    func untilSendingFails() async {
        do {
            while true { try await send(bytes: [0x0D]) }
        } catch {
            return
        }
    }

    /// Closes the sending side only, unless the server was faster.
    func finishSending() async throws {
        try await close(.output)
    }

    /// Closes, unless the server was faster.
    func close() async throws {
        try await close(.all)
    }

    private func close(_ mode: CloseMode) async throws {
        do {
            try await channel.close(mode: mode)
        } catch ChannelError.alreadyClosed, ChannelError.outputClosed, ChannelError.ioOnClosedChannel {
            return
        }
    }

    /// The next response; `hasBody` is false after HEAD.
    func response(hasBody: Bool = true) async throws -> WireResponse {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = buffer.firstRange(of: end) {
                var response = try WireResponse(head: String(decoding: buffer[..<range.lowerBound], as: UTF8.self))
                let isBodiless = !hasBody || response.status < 200
                let length = isBodiless ? 0 : response.header["content-length"].flatMap { Int($0) } ?? 0
                try await fill(range.upperBound + length)
                response.body = Array(buffer[range.upperBound..<range.upperBound + length])
                buffer.removeFirst(range.upperBound + length)
                return response
            }
            try await fill(buffer.count + 1)
        }
    }

    /// Waits until the server closes; returns what came before.
    func untilClosed() async -> String {
        while let part = await incoming.next() { buffer.append(contentsOf: part.readableBytesView) }
        return String(decoding: buffer, as: UTF8.self)
    }

    private func fill(_ count: Int) async throws {
        while buffer.count < count {
            guard let part = await incoming.next() else {
                throw Failure.closed(String(decoding: buffer, as: UTF8.self))
            }
            buffer.append(contentsOf: part.readableBytesView)
        }
    }

    private final class Receiver: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { continuation.finish() }
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            continuation.finish()
            context.close(promise: nil)
        }
    }
}

/// A response as it came.
struct WireResponse {
    let status: Int
    /// Names in lower case; of several fields of a name the last.
    let header: [String: String]
    var body: [UInt8] = []

    init(head: String) throws {
        let lines = head.components(separatedBy: "\r\n")
        let parts = lines[0].split(separator: " ")
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw WireClient.Failure.malformed(head)
        }
        self.status = status
        header = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map {
                    (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
                }
            }, uniquingKeysWith: { $1 })
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as Foundation reads it.
    func json() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(body))
        guard let object = value as? [String: Any] else { throw WireClient.Failure.malformed(text) }
        return object
    }

    /// `error.message` of OpenAI's error object.
    func errorMessage() throws -> String {
        (try json()["error"] as? [String: Any])?["message"] as? String ?? ""
    }
}

extension WireClient {
    /// Sends a request with a body of JSON, and reads the response.
    func post(
        _ body: String, to path: String = "/v1/embeddings", header: String = "content-type: application/json\r\n"
    ) async throws -> WireResponse {
        try await post(bytes: Array(body.utf8), to: path, header: header)
    }

    func post(
        bytes: [UInt8], to path: String = "/v1/embeddings", header: String = "content-type: application/json\r\n"
    ) async throws -> WireResponse {
        let head = "POST \(path) HTTP/1.1\r\nhost: test\r\n\(header)content-length: \(bytes.count)\r\n\r\n"
        try await send(bytes: Array(head.utf8) + bytes)
        return try await response()
    }

    func get(_ path: String, method: String = "GET", header: String = "") async throws -> WireResponse {
        try await send("\(method) \(path) HTTP/1.1\r\nhost: test\r\n\(header)\r\n")
        return try await response(hasBody: method != "HEAD")
    }
}
