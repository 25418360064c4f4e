// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import Testing

@Suite struct FamilyTests {
    private struct Color: LabelSet {
        let name: String

        var labels: [Label] { [Label("color", name)] }
    }

    private func lines(_ family: Family<Color, Counter>) -> [String] {
        String(decoding: MetricRegistry([family]).page(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func isThereBeforeAnySeries() {
        let family = Family<Color, Counter>("x_total", "X.", limit: 3) { Counter() }
        #expect(lines(family) == ["# HELP x_total X.", "# TYPE x_total counter"])
    }

    @Test func givesTheSameLabelsTheSameSeries() {
        let family = Family<Color, Counter>("x_total", "X.", limit: 3) { Counter() }
        #expect(family.series(Color(name: "red")) === family.series(Color(name: "red")))
        #expect(family.series(Color(name: "red")) !== family.series(Color(name: "blue")))
    }

    @Test func countsWhatIsOverTheLimitTogether() {
        let family = Family<Color, Counter>("x_total", "X.", limit: 2) { Counter() }
        for number in 0..<1000 { family.series(Color(name: "\(number)")).increment() }
        family.series(Color(name: "1")).increment()
        #expect(
            lines(family).dropFirst(2) == [
                "x_total{color=\"0\"} 1", "x_total{color=\"1\"} 2", "x_total{color=\"_other\"} 998",
            ])
    }

    /// More tasks than processors, all on the same few series.
    @Test func losesNoUpdateOfManyTasks() async {
        let tasks = 16
        let updates = 5000
        let counters = Family<Color, Counter>("x_total", "X.", limit: 2) { Counter() }
        let gauge = Gauge()
        let histogram = Histogram(bounds: [1, 2, 3])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for update in 0..<updates {
                        counters.series(Color(name: "\(update % 4)")).increment(by: 2)
                        gauge.add(task % 2 == 0 ? 1 : -1)
                        histogram.observe(Double(update % 5))
                    }
                }
            }
        }
        let values = lines(counters).dropFirst(2).map { $0.split(separator: " ")[1] }.compactMap { Int($0) }
        #expect(values.count == 3)
        #expect(values.reduce(0, +) == 2 * tasks * updates)
        #expect(gauge.value == 0)
        #expect(histogram.count == UInt64(tasks * updates))
        #expect(histogram.sum == Double(tasks * updates / 5 * (0 + 1 + 2 + 3 + 4)))
    }
}
