// SPDX-License-Identifier: Apache-2.0

/// How many processors this process may use.
package struct CPUTopology: Sendable, Equatable {
    /// Processors in the process's affinity mask, which a cpuset or `taskset` narrows.
    package let allowedProcessors: Int
    /// Processors' worth of time that the control group may take; `nil` without a limit.
    package let quota: Double?

    package init(allowedProcessors: Int, quota: Double?) {
        self.allowedProcessors = allowedProcessors
        self.quota = quota
    }

    /// Compute threads that can run at the same time: at least one.
    ///
    /// A quota is rounded down: threads beyond it are stopped for a part of every period, and the others wait for them.
    package var usableProcessors: Int {
        max(1, min(allowedProcessors, quota.map { Int($0) } ?? allowedProcessors))
    }

    /// What the system grants now.
    package static func current() -> CPUTopology {
        CPUTopology(
            allowedProcessors: allowedCount(
                status: TextFile.read("/proc/self/status") ?? "",
                online: TextFile.read("/sys/devices/system/cpu/online") ?? ""),
            quota: ControlGroup.quota(membership: TextFile.read("/proc/self/cgroup") ?? "", read: TextFile.read))
    }

    /// Processors that are in the affinity mask of /proc/self/status and online: the mask may name absent ones.
    ///
    /// Follows proc_pid_status(5); the lists look like "0-3,8".
    static func allowedCount(status: String, online: String) -> Int {
        let key = "Cpus_allowed_list:"
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        let allowed = line.map { processors(in: $0.dropFirst(key.count)) }
        let present = processors(in: Substring(online))
        let both = allowed.map { present.isEmpty ? $0 : $0.intersection(present) } ?? present
        return max(1, both.count)
    }

    /// More than Linux supports on any architecture.
    private static let maxProcessors = 65_536

    private static func processors(in list: Substring) -> Set<Int> {
        var result: Set<Int> = []
        for part in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            if let first = ends.first, let last = ends.last, first <= last, last < maxProcessors {
                result.formUnion(first...last)
            }
        }
        return result
    }
}

/// Limits on processor time set by Linux control groups, version 1 and 2.
enum ControlGroup {
    /// The smallest limit, in processors, of the group in `membership` (/proc/self/cgroup) and the groups around it.
    ///
    /// `read` gives a file's text or nil. Follows cgroups(7) and the kernel's admin-guide/cgroup-v2.
    static func quota(membership: String, read: (String) -> String?) -> Double? {
        var smallest: Double?
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let limits: [Double]
            if fields[0] == "0", fields[1].isEmpty {
                limits = groups(in: fields[2]).compactMap { version2Limit(read("/sys/fs/cgroup\($0)/cpu.max")) }
            } else if fields[1].split(separator: ",").contains("cpu") {
                limits = groups(in: fields[2]).compactMap { group in
                    for mount in ["cpu", "cpu,cpuacct", String(fields[1])] {
                        let directory = "/sys/fs/cgroup/\(mount)\(group)"
                        if let quota = read("\(directory)/cpu.cfs_quota_us") {
                            return limit(quota, period: read("\(directory)/cpu.cfs_period_us"))
                        }
                    }
                    return nil
                }
            } else {
                continue
            }
            for limit in limits { smallest = min(limit, smallest ?? limit) }
        }
        return smallest
    }

    /// `path` and its parents, the root last as the empty string: "/a/b", "/a", "".
    ///
    /// Inside a container the path may be the host's and not exist here; the root then holds the container's limit.
    private static func groups(in path: Substring) -> [String] {
        var result: [String] = []
        var rest = path
        while let slash = rest.lastIndex(of: "/") {
            if rest.count > 1 { result.append(String(rest)) }
            rest = rest[..<slash]
        }
        return result + [""]
    }

    /// "max 100000" or "150000 100000".
    private static func version2Limit(_ text: String?) -> Double? {
        guard let fields = text?.split(whereSeparator: \.isWhitespace), fields.count == 2 else { return nil }
        return limit(String(fields[0]), period: String(fields[1]))
    }

    private static func limit(_ quota: String, period: String?) -> Double? {
        func number(_ text: String) -> Double? {
            text.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
        }
        guard let quota = number(quota), quota > 0, let period = period.flatMap(number), period > 0 else { return nil }
        return quota / period
    }
}
