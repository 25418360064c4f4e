// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`: what was counted, for Prometheus.
struct MetricsPage: Sendable {
    private let metrics: ServerMetrics
    private let access: MetricsAccess

    init(_ metrics: ServerMetrics, access: MetricsAccess) {
        self.metrics = metrics
        self.access = access
    }

    var routes: [Route] {
        switch access {
        case .open: [Route(.get, "/metrics", access: .everyone, handler: page)]
        case .keyed: [Route(.get, "/metrics", access: .keyHolders, handler: page)]
        case .off: []
        }
    }

    private func page(_ request: Request, _ scope: RequestScope) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: MetricsText.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: metrics.page())))
    }
}
