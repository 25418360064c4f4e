// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The system's clocks, as Prometheus writes times.
enum SystemClock {
    /// Seconds since 1970.
    static var now: Double { seconds(CLOCK_REALTIME) }
    /// Seconds since the machine started.
    static var sinceBoot: Double { seconds(CLOCK_BOOTTIME) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
