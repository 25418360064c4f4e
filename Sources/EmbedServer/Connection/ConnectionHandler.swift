// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// Performs what ``ConnectionState`` decides; stands right behind the HTTP decoder.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Sent down the pipeline when a request's body is about to be read.
    struct BodyWanted: Sendable {}

    /// Gives an answer to a request that no dialect has seen.
    typealias Answer = @Sendable (RequestFailure) -> (head: HTTPResponseHead, body: [UInt8])

    private var state: ConnectionState
    private let limits: ConnectionLimits
    private let client: ClientPresence
    private let answer: Answer
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var context: ChannelHandlerContext?
    private var isClosed = false

    init(limits: ConnectionLimits, client: ClientPresence, answer: @escaping Answer) {
        self.limits = limits
        self.client = client
        self.answer = answer
        state = ConnectionState(limits: limits, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setTimer(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    // MARK: Inbound

    /// Whether bytes that come have to be thrown away.
    var discardsInput: Bool { state.discardsInput }
    var isLingering: Bool { state.isLingering }

    func received(byteCount: Int) {
        guard let context else { return }
        perform(state.received(byteCount: byteCount, now: .now()), context)
    }

    func decodedAll() {
        guard let context else { return }
        perform(state.decodedAll(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !state.discardsInput else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): state.received(ConnectionState.Head(head), now: .now())
        case .body(let part): state.receivedBody(byteCount: part.readableBytes)
        case .end: state.receivedEnd(now: .now())
        }
        setTimer(context)
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError: perform(state.inputFailed(RequestFailure(error, limits: limits)), context)
        // What follows a first error: bytes behind it.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            client.leave()
            context.fireUserInboundEventTriggered(event)
            perform(state.inputClosed(), context)
        case is ChannelShouldQuiesceEvent:
            perform(state.quiesce(now: .now()), context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        client.leave()
        timer?.cancel()
        context.fireChannelInactive()
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard !state.isLingering else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            if state.writingHead() { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let part):
            state.writingBody(byteCount: part.readableBytes)
            context.write(data, promise: promise)
        case .end:
            let flushed = promise ?? context.eventLoop.makePromise()
            state.writingEnd(now: .now())
            setTimer(context)
            flushed.futureResult.assumeIsolated().whenSuccess {
                self.perform(self.state.flushedEnd(now: .now()), context)
            }
            context.write(data, promise: flushed)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyWanted else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        guard state.bodyWanted() else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: Actions

    private func perform(_ action: ConnectionState.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .close:
            isClosed = true
            context.close(promise: nil)
        case .linger:
            context.close(mode: .output, promise: nil)
            // Whoever reads requests has stopped asking for more.
            context.read()
        case .answer(let failure):
            let (head, body) = answer(failure)
            write(context: context, data: wrapOutboundOut(.head(head)), promise: nil)
            write(context: context, data: wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            write(context: context, data: wrapOutboundOut(.end(nil)), promise: nil)
            context.flush()
        case .fail(let failure): context.fireErrorCaught(failure)
        }
        setTimer(context)
    }

    /// Sees to it that the state's deadline is noticed.
    ///
    /// A timer that is due too early is left to find out for itself.
    private func setTimer(_ context: ChannelHandlerContext) {
        guard !isClosed, let deadline = state.deadline, deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timerDeadline = .distantFuture
            self.perform(self.state.deadlineReached(now: .now()), context)
        }
    }
}

extension ConnectionState.Head {
    /// After HTTP/1.0 the connection closes, as it does after an offer to change the protocol (NIO's decoder reads
    /// nothing behind one) and after a body in a coding that is not understood.
    init(_ head: HTTPRequestHead) {
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        let coding = head.headers.first(name: "transfer-encoding")?.lowercased()
        self.init(
            isLast: !head.isKeepAlive || head.version != .http1_1 || head.headers.contains(name: "upgrade")
                || head.method == .CONNECT || (coding ?? "chunked") != "chunked",
            bodyLength: coding == nil ? length ?? 0 : nil,
            expectsContinue: head.headers.first(name: "expect")?.lowercased() == "100-continue")
    }
}

extension RequestFailure {
    init(_ error: HTTPParserError, limits: ConnectionLimits) {
        switch error {
        case .headerOverflow:
            self = .headerTooLarge(.init(headerBytes: limits.headerBytes, headerFields: limits.headerFields))
        // A typing error in the version looks the same as a version of the future, so this is no 505.
        case .invalidVersion: self = .malformedRequest(reason: "neither HTTP/1.1 nor HTTP/1.0")
        case .invalidMethod: self = .malformedRequest(reason: "unknown method")
        case .invalidChunkSize: self = .malformedRequest(reason: "invalid chunk size")
        case .invalidContentLength: self = .malformedRequest(reason: "invalid Content-Length")
        case .unexpectedContentLength:
            self = .malformedRequest(reason: "Content-Length beside Transfer-Encoding")
        case .invalidEOFState, .closedConnection:
            self = .malformedRequest(reason: "the connection closed inside the request")
        case .invalidURL: self = .malformedRequest(reason: "invalid path")
        case .invalidHeaderToken: self = .malformedRequest(reason: "invalid header field")
        default: self = .malformedRequest(reason: "not HTTP")
        }
    }
}
