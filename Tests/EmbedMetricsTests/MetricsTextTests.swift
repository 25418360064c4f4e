// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import Testing

/// Expected lines are those of prometheus.io/docs/instrumenting/exposition_formats, or follow its rules.
@Suite struct MetricsTextTests {
    private func written(_ body: (inout MetricsText) -> Void) -> String {
        var text = MetricsText()
        body(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test func startsFamiliesWithHelpAndType() {
        let text = written { $0.family("http_requests_total", "The total number of HTTP requests.", .counter) }
        #expect(
            text == """
                # HELP http_requests_total The total number of HTTP requests.
                # TYPE http_requests_total counter

                """)
    }

    @Test(arguments: [
        (MetricType.counter, "counter"), (.gauge, "gauge"), (.histogram, "histogram"), (.summary, "summary"),
    ]) func namesTypes(type: MetricType, name: String) {
        #expect(written { $0.family("x_total", "X.", type) }.hasSuffix("# TYPE x_total \(name)\n"))
    }

    @Test func writesLabelsInOrder() {
        let text = written { text in
            text.sample("http_requests_total", [Label("method", "post"), Label("code", "200")], UInt64(1027))
            text.sample("metric_without_labels", [], 12.47)
        }
        #expect(text == "http_requests_total{method=\"post\",code=\"200\"} 1027\nmetric_without_labels 12.47\n")
    }

    @Test func escapesLabelValues() {
        let labels = [Label("path", #"C:\DIR\FILE.TXT"#), Label("error", "Cannot find file:\n\"FILE.TXT\"")]
        let expected =
            #"msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.5"#
        #expect(written { $0.sample("msdos_file_access_time_seconds", labels, 1.5) } == expected + "\n")
    }

    @Test func escapesHelpButNotItsQuotes() {
        let text = written { $0.family("x", "a \"b\" \\ c\nd", .gauge) }
        #expect(text.hasPrefix(#"# HELP x a "b" \\ c\nd"# + "\n"))
    }

    @Test func keepsUTF8() {
        #expect(written { $0.sample("x", [Label("l", "größe 漢")], 1.0) } == "x{l=\"größe 漢\"} 1.0\n")
    }

    @Test(
        arguments: [
            (0.0, "0.0"), (-0.25, "-0.25"), (1, "1.0"), (0.005, "0.005"), (1e-05, "1e-05"), (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)]) func writesNumbersAsGoReadsThem(value: Double, expected: String)
    {
        #expect(MetricsText.number(value) == expected)
    }

    @Test(arguments: [0.1 + 0.2, 1.7e9 + 0.123456, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func losesNothing(value: Double) {
        #expect(Double(MetricsText.number(value)) == value)
    }
}
