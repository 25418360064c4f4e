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
///   - metrics: gets every request, and is the page of `GET /metrics`.
///   - logger: gets one line a request, and what goes wrong.
///   - onRunning: told the port once the server listens on it.
/// - Returns: A service to run in a service group.
package func makeApplication(
    service: some EmbeddingService, configuration: ServerConfiguration, metrics: ServerMetrics, logger: Logger,
    onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some Service {
    Application(
        router: makeRouter(service: service, configuration: configuration, metrics: metrics),
        server: HTTPServerBuilder { responder in
            ServerConnection(responder: responder, limits: configuration.connection) { failure in
                metrics.requests.didAnswerUnreadable(status: failure.status.code)
                return answerWithoutRoute(failure)
            }
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
    service: some EmbeddingService, configuration: ServerConfiguration, metrics: ServerMetrics
) -> Router<RequestScope> {
    let router = Router(context: RequestScope.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestIDs())
    router.add(middleware: RequestMetrics(metrics.requests))
    router.add(middleware: AccessLog())
    router.add(middleware: CrossOrigin(origins: configuration.corsOrigins))
    // For paths that nothing answers.
    router.add(middleware: Failures(wording: FastAPIWording()))

    let keys = APIKeys(configuration.apiKeys)
    for group in routeGroups(service: service, configuration: configuration, metrics: metrics) {
        router.add(group.routes, keys: keys, wording: group.wording)
    }
    return router
}

/// Every route of the server, with the wording of those it belongs to.
func routeGroups(
    service: some EmbeddingService, configuration: ServerConfiguration, metrics: ServerMetrics
) -> [(routes: [Route], wording: any Wording)] {
    let images = configuration.images
    let budget =
        configuration.bodyBudget
        ?? max(256 << 20, configuration.bodyLimit, images.bodyLimit(count: images.maxCount))
    let bodies = BodyReader(
        byteLimit: configuration.bodyLimit, valueLimit: configuration.valueLimit, budget: ByteBudget(byteLimit: budget))
    let common =
        Health(service: service, configuration: configuration).routes
        + Information(service: service, configuration: configuration).routes
        + MetricsPage(metrics, access: configuration.metricsAccess).routes
        + DocumentationPages(
            version: configuration.version, title: configuration.documentationTitle,
            servesPages: configuration.servesDocumentation
        ).routes
    return [(common, FastAPIWording())]
        + Dialects.all(service: service, bodies: bodies, configuration: configuration).map { ($0.routes, $0.wording) }
}

/// The answer to what can't be read as a request, so that no dialect is concerned; OpenAI's clients look for more than
/// the others.
@Sendable
private func answerWithoutRoute(_ failure: RequestFailure) -> (head: HTTPResponseHead, body: [UInt8]) {
    let body = OpenAIWording().body(of: failure)
    let status = HTTPResponseStatus(statusCode: failure.status.code, reasonPhrase: failure.status.reasonPhrase)
    let headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(body.count)"]
    return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
}
