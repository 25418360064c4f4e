// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on this machine that answers as a test says, and remembers what it was asked.
package final class LoopbackServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        /// Path and query.
        package let target: String
        private let headers: HTTPHeaders

        fileprivate init(_ head: HTTPRequestHead) {
            method = head.method.rawValue
            target = head.uri
            headers = head.headers
        }

        package var path: String { String(target.prefix { $0 != "?" }) }

        package subscript(name: String) -> String? { headers.first(name: name) }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(String, String)]
        package var body: [UInt8]
        /// The connection ends after so many bytes of the body.
        package var cutAfter: Int?
        /// The rest of the body never comes, and the connection stays.
        package var stallsAfter: Int?

        package init(
            _ status: Int = 200, _ headers: [(String, String)] = [], body: [UInt8] = [], cutAfter: Int? = nil,
            stallsAfter: Int? = nil
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.cutAfter = cutAfter
            self.stallsAfter = stallsAfter
        }
    }

    package let port: Int
    private let channel: any Channel
    private let log: Log

    /// What was asked.
    fileprivate final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    package static func start(_ answer: @escaping @Sendable (Request) -> Answer) async throws -> LoopbackServer {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(channel, log)
    }

    private init(_ channel: any Channel, _ log: Log) {
        self.channel = channel
        self.log = log
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    package var requests: [Request] { log.requests.withLock(\.self) }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (Request) -> Answer
        private let log: Log
        private var head: HTTPRequestHead?

        init(answer: @escaping @Sendable (Request) -> Answer, log: Log) {
            self.answer = answer
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end: respond(context)
            }
        }

        private func respond(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let request = Request(head)
            let answer = answer(request)
            let wanted = min(answer.cutAfter ?? .max, answer.stallsAfter ?? .max, answer.body.count)
            let sent = head.method == .HEAD ? 0 : wanted
            log.requests.withLock { $0.append(request) }
            var headers = HTTPHeaders(answer.headers)
            if !headers.contains(name: "Content-Length") {
                headers.add(name: "Content-Length", value: "\(answer.body.count)")
            }
            let start = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
            context.write(wrapOutboundOut(.head(start)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body[..<sent])))), promise: nil)
            if answer.stallsAfter != nil {
                context.flush()
            } else if answer.cutAfter != nil {
                let channel = context.channel
                context.flush()
                channel.close(promise: nil)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
