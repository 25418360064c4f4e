// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import Testing

@Suite struct MetricsTests {
    private func page(_ source: any MetricSource) -> [String] {
        String(decoding: MetricRegistry([source]).page(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func countersOnlyGrow() {
        let counter = Counter()
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: 0)
        counter.increment(by: -7)
        #expect(counter.value == 42)
    }

    @Test func gaugesGoUpAndDown() {
        let gauge = Gauge(1.5)
        gauge.add(2)
        gauge.add(-3)
        #expect(gauge.value == 0.5)
        gauge.set(-8)
        #expect(gauge.value == -8)
    }

    @Test func summariesCountAndAdd() {
        let family = Family<NoLabels, Summary>("s_seconds", "S.") { Summary() }
        family.only.observe(0.5)
        family.only.observe(1)
        family.only.observe(.nan)
        #expect(
            page(family) == [
                "# HELP s_seconds S.", "# TYPE s_seconds summary", "s_seconds_count 2", "s_seconds_sum 1.5",
            ])
    }

    /// Buckets are cumulative, a bound belongs to its bucket, and the last bucket is the count.
    @Test func histogramsCountUpToEachBound() {
        let family = Family<NoLabels, Histogram>("h_seconds", "H.") { Histogram(bounds: [0.5, 1, 10]) }
        for value in [0.25, 0.5, 0.75, 1, 2, 11, .infinity, .nan] { family.only.observe(value) }
        #expect(
            page(family) == [
                "# HELP h_seconds H.", "# TYPE h_seconds histogram", "h_seconds_bucket{le=\"0.5\"} 2",
                "h_seconds_bucket{le=\"1.0\"} 4", "h_seconds_bucket{le=\"10.0\"} 5", "h_seconds_bucket{le=\"+Inf\"} 7",
                "h_seconds_sum +Inf", "h_seconds_count 7",
            ])
    }

    @Test func histogramsWithoutBoundsCount() {
        let histogram = Histogram(bounds: [])
        histogram.observe(3)
        #expect(histogram.count == 1)
        #expect(histogram.sum == 3)
    }

    @Test func registriesKeepTheOrder() {
        let first = Family<NoLabels, Counter>("z_total", "Z.") { Counter() }
        let second = Family<NoLabels, Gauge>("a", "A.") { Gauge(2) }
        let text = String(decoding: MetricRegistry([first, second]).page(), as: UTF8.self)
        #expect(text == "# HELP z_total Z.\n# TYPE z_total counter\nz_total 0\n# HELP a A.\n# TYPE a gauge\na 2.0\n")
    }
}
