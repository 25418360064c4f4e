// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import FoundationEssentials
import Glibc

/// The figures of the process that Prometheus' client libraries agree on, read when they are asked for.
///
/// Where the kernel doesn't tell, the family has no sample.
struct ProcessMetrics: MetricSource {
    private let ticksPerSecond: Double
    private let pageSize: Double
    /// Seconds since 1970; read once, so that a clock that is set doesn't look like a restart.
    private let startTime: Double?

    init() {
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.ticksPerSecond = ticksPerSecond
        pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        startTime = Self.stat().flatMap { stat in
            Self.secondsSinceBoot().map {
                Date().timeIntervalSince1970 - $0 + Double(stat.startTicks) / ticksPerSecond
            }
        }
    }

    func write(to text: inout MetricsText) {
        let stat = Self.stat()
        write(
            "process_cpu_seconds_total", "Processor time of all threads.", .counter,
            stat.map { Double($0.cpuTicks) / ticksPerSecond }, to: &text)
        write(
            "process_resident_memory_bytes", "Memory in use.", .gauge,
            stat.map { Double($0.residentPages) * pageSize }, to: &text)
        write(
            "process_virtual_memory_bytes", "Address space in use.", .gauge, stat.map { Double($0.virtualBytes) },
            to: &text)
        write("process_start_time_seconds", "When the process started, since 1970.", .gauge, startTime, to: &text)
        write("process_open_fds", "Open files and connections.", .gauge, Self.openFiles(), to: &text)
        write("process_max_fds", "Most files and connections that may be open.", .gauge, Self.maxFiles(), to: &text)
    }

    private func write(_ name: String, _ help: String, _ type: MetricType, _ value: Double?, to text: inout MetricsText)
    {
        text.family(name, help, type)
        if let value { text.sample(name, [], value) }
    }

    private static func stat() -> ProcessStat? { contents(of: "/proc/self/stat").flatMap { ProcessStat($0) } }

    /// Since the machine started, in hundredths.
    private static func secondsSinceBoot() -> Double? {
        contents(of: "/proc/uptime")?.split(separator: " ").first.flatMap { Double($0) }
    }

    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // At most fifty numbers and a short name.
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    private static func openFiles() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // The folder itself and its parent are listed, and the descriptor that reads it.
        var count = -3
        while readdir(folder) != nil { count += 1 }
        return Double(count)
    }

    private static func maxFiles() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }
}
