// SPDX-License-Identifier: Apache-2.0

package import EmbedServing
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
package import ServiceLifecycle

/// The HTTP server as a service: answers until it is told to stop, then finishes what it has begun.
///
/// - Parameters:
///   - service: computes the vectors.
///   - configuration: where and how to listen.
///   - logger: gets one line a request, and what goes wrong.
///   - onRunning: told the port once the server listens on it.
/// - Returns: A service to run in a service group.
package func makeApplication(
    service: some EmbeddingService, configuration: ServerConfiguration, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some Service {
    Application(
        router: makeRouter(service: service, configuration: configuration),
        server: HTTPServerBuilder { responder in
            ServerConnection(responder: responder, limits: configuration.connection, answer: answerWithoutRoute)
        },
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port),
            serverName: "embedder/\(configuration.version)",
            backlog: 1024,
            availableConnectionsDelegate: .maximum(configuration.maxConnections, logger: logger)),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
        logger: logger)
}

private func makeRouter(
    service: some EmbeddingService, configuration: ServerConfiguration
) -> Router<RequestScope> {
    let router = Router(context: RequestScope.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestIDs())
    router.add(middleware: AccessLog())
    // For paths that no dialect has.
    router.add(middleware: Failures(body: Dialects.body(of:)))

    let keys = APIKeys(configuration.apiKeys)
    let bodies = BodyReader(
        byteLimit: configuration.bodyLimit, valueLimit: configuration.valueLimit,
        budget: BodyBudget(byteLimit: configuration.bodyBudget))
    router.add(
        Health(service: service, version: configuration.version).routes, keys: keys, body: Dialects.body(of:))
    router.add(
        Information(service: service, version: configuration.version).routes, keys: keys, body: Dialects.body(of:))
    for dialect in Dialects.all(service: service, bodies: bodies, configuration: configuration) {
        router.add(dialect.routes, keys: keys) { dialect.body(of: $0) }
    }
    return router
}

/// The answer to what can't be read as a request, so that no dialect is concerned.
@Sendable
private func answerWithoutRoute(_ failure: RequestFailure) -> (head: HTTPResponseHead, body: [UInt8]) {
    let body = Dialects.body(of: failure)
    let status = HTTPResponseStatus(statusCode: failure.status.code, reasonPhrase: failure.status.reasonPhrase)
    let headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(body.count)"]
    return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
}
