// SPDX-License-Identifier: Apache-2.0

/// How long the end of a server may take.
struct DrainSettings: Sendable, Equatable {
    /// Requests are still taken for so long after SIGTERM, while readiness says no already.
    let delay: Duration
    /// Those begun by then may take so long until they are cut off.
    let timeout: Duration
}
