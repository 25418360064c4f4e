// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Tells ``ConnectionHandler`` of bytes before they are decoded; stands at the front of the pipeline.
final class ReceivedBytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ConnectionHandler

    init(connection: ConnectionHandler) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.received(byteCount: unwrapInboundIn(data).readableBytes)
        guard !connection.discardsInput else { return }
        context.fireChannelRead(data)
        connection.decodedAll()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody behind asks for more once a connection ends.
        if connection.isLingering { context.read() }
    }
}
