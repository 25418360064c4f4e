// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import FoundationEssentials

/// What is counted for each request, whatever its route.
struct RequestFamilies: Sendable {
    /// Most label sets of the counter.
    ///
    /// Routes, their refused methods and their statuses make some hundred; the rest leaves room for models.
    static let limit = 1000
    /// Far more than there are routes.
    static let routeLimit = 100
    private static let embeddingsRoute = "/v1/embeddings"

    let inFlight: Gauge
    private let inFlightFamily: Family<NoLabels, Gauge>
    private let total: Family<RequestLabels, Counter>
    private let seconds: Family<RouteLabel, Histogram>
    private let encodeFamily: Family<NoLabels, Summary>
    private let encode: Summary
    private let encodeCreated: Family<NoLabels, Gauge>

    init() {
        total = Family("embedder_requests_total", "Requests answered.", limit: Self.limit) { Counter() }
        seconds = Family(
            "embedder_request_seconds", "Time from a request's header to its answer.", limit: Self.routeLimit
        ) {
            Histogram(bounds: Buckets.request)
        }
        inFlightFamily = Family("embedder_requests_in_flight", "Requests being answered, this one included.") {
            Gauge()
        }
        inFlight = inFlightFamily.only
        // As embedding-server names it; dashboards made for it go on working.
        let name = "encode_request_processing_seconds"
        let help = "Time spent on requests to \(Self.embeddingsRoute)."
        encodeFamily = Family(name, help) { Summary() }
        encode = encodeFamily.only
        // A family of its own, as Python's prometheus-client writes it in this format.
        encodeCreated = Family("\(name)_created", "When counting requests to \(Self.embeddingsRoute) began.") {
            Gauge(Date().timeIntervalSince1970)
        }
    }

    var sources: [any MetricSource] { [total, seconds, inFlightFamily, encodeFamily, encodeCreated] }

    /// Counts a request that reached the router.
    func didAnswer(_ labels: RequestLabels, in duration: Duration) {
        let time = duration / .seconds(1)
        total.series(labels).increment()
        seconds.series(RouteLabel(route: labels.route)).observe(time)
        if labels.method == .post, labels.route == Self.embeddingsRoute { encode.observe(time) }
    }

    /// Counts what could not be read as a request; it has no time, and no method one could trust.
    func didAnswerUnreadable(status: Int) {
        total.series(RequestLabels(model: "", route: RequestScope.unknownRoute, method: .other, status: status))
            .increment()
    }
}
