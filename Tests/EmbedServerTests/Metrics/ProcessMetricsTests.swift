// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import Foundation
import Testing

@testable import EmbedServer

@Suite struct ProcessMetricsTests {
    /// A line of `/proc/PID/stat` on Linux 6.1, of a process that was renamed.
    @Test func readsTheKernelsLine() throws {
        let line =
            "4711 (a) 1 (b c) S 1 4711 4711 0 -1 4194560 5411 0 12 0 37 5 0 0 20 0 4 0 88123 229376000 3801 "
            + "18446744073709551615 1 1 0 0 0 0 0 4096 17663 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
        let stat = try #require(ProcessStat(line))
        #expect(stat.cpuTicks == 37 + 5)
        #expect(stat.startTicks == 88123)
        #expect(stat.virtualBytes == 229_376_000)
        #expect(stat.residentPages == 3801)
    }

    @Test(arguments: ["", "4711 (a", "4711 (a) S 1 2 3", "4711 (a) S 1 1 1 0 -1 1 1 0 1 0 x 5 0 0 20 0 4 0 8 2 3 1"])
    func isNoneWhereTheLineIsAnother(line: String) {
        #expect(ProcessStat(line) == nil)
    }

    @Test func tellsOfThisProcess() throws {
        let page = String(decoding: MetricRegistry([ProcessMetrics()]).page(), as: UTF8.self)
        let samples = Samples(page)
        #expect(samples.types.count == 6)
        let now = Date().timeIntervalSince1970
        let start = try #require(samples["process_start_time_seconds"])
        #expect(start > now - 86_400 && start <= now)
        #expect(try #require(samples["process_cpu_seconds_total"]) >= 0)
        let resident = try #require(samples["process_resident_memory_bytes"])
        #expect(resident > 1_048_576)
        #expect(try #require(samples["process_virtual_memory_bytes"]) > resident)
        let open = try #require(samples["process_open_fds"])
        #expect(open >= 3)
        #expect(try #require(samples["process_max_fds"]) >= open)
    }
}
