// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedDevices

@Suite struct CPUTopologyTests {
    @Test func findsAtLeastOneProcessorHere() {
        let topology = CPUTopology.current()
        #expect(topology.allowedProcessors >= 1)
        #expect(topology.usableProcessors >= 1)
        #expect(topology.usableProcessors <= topology.allowedProcessors)
    }

    @Test(arguments: [
        ("Cpus_allowed_list:\t0-3,8\nMems_allowed_list:\t0\n", "0-15\n", 5),
        ("Name:\tx\nCpus_allowed_list:\t0-127\n", "0-1\n", 2),
        ("Cpus_allowed_list:\t2\n", "", 1),
        ("", "0-3\n", 4),
        ("Cpus_allowed_list:\tnonsense\n", "0-1\n", 1),
    ])
    func countsProcessorsThatAreAllowedAndOnline(status: String, online: String, count: Int) {
        #expect(CPUTopology.allowedCount(status: status, online: online) == count)
    }

    @Test(arguments: [(8, nil, 8), (8, 2.0, 2), (8, 2.9, 2), (8, 0.5, 1), (2, 16.0, 2)] as [(Int, Double?, Int)])
    func staysWithinTheQuota(processors: Int, quota: Double?, usable: Int) {
        #expect(CPUTopology(allowedProcessors: processors, quota: quota).usableProcessors == usable)
    }

    @Test(
        arguments: [
            ("0::/\n", ["/sys/fs/cgroup/cpu.max": "150000 100000\n"], 1.5),
            ("0::/\n", ["/sys/fs/cgroup/cpu.max": "max 100000\n"], nil),
            (
                "0::/a/b\n", ["/sys/fs/cgroup/a/b/cpu.max": "max 100000", "/sys/fs/cgroup/a/cpu.max": "50000 100000"],
                0.5
            ),
            ("0::/host/path\n", ["/sys/fs/cgroup/cpu.max": "400000 100000"], 4),
            (
                "3:cpu,cpuacct:/pod\n",
                [
                    "/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us": "200000\n",
                    "/sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us": "100000\n",
                ], 2
            ),
            (
                "2:cpuset:/x\n1:cpu:/\n0::/\n",
                ["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"], nil
            ),
            ("nonsense", ["/sys/fs/cgroup/cpu.max": "100000 100000"], nil),
            ("0::/\n", ["/sys/fs/cgroup/cpu.max": "0 0"], nil),
            ("", [:], nil),
        ] as [(String, [String: String], Double?)])
    func readsTheSmallestQuotaOfTheGroupsAround(membership: String, files: [String: String], quota: Double?) {
        #expect(ControlGroup.quota(membership: membership) { files[$0] } == quota)
    }
}
