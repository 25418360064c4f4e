// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The number of files and connections that the process may have open.
enum OpenFiles {
    /// Raises the soft limit to the hard one: the usual soft limit of 1,024 is fewer than the connections a server takes.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        // Advice only: with the old limit everything works, for fewer clients.
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
