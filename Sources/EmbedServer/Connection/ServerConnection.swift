// SPDX-License-Identifier: Apache-2.0

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 connection with deadlines, orderly ends and an eye on the client.
struct ServerConnection: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let client: ClientPresence

        var channel: any Channel { http.channel }
    }

    private let base: HTTP1Channel
    private let limits: ConnectionLimits
    private let answer: ConnectionHandler.Answer

    /// - Parameters:
    ///   - responder: answers requests.
    ///   - limits: what clients must keep.
    ///   - answer: answers what can't be read as a request.
    init(
        responder: @escaping HTTPChannelHandler.Responder, limits: ConnectionLimits,
        answer: @escaping ConnectionHandler.Answer
    ) {
        base = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
        self.limits = limits
        self.answer = answer
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { http in
            let client = ClientPresence()
            let connection = ConnectionHandler(limits: limits, client: client, answer: answer)
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(connection, position: .after(decoder))
            try pipeline.addHandler(ReceivedBytesHandler(connection: connection), position: .first)
            return Value(http: http, client: client)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await ClientPresence.$current.withValue(value.client) {
            await base.handle(value: value.http, logger: logger)
        }
    }
}
