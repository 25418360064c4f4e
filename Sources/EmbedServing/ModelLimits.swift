// SPDX-License-Identifier: Apache-2.0

/// What all models together may take of the memory, and for how long.
package struct ModelLimits: Sendable, Equatable {
    /// Most models in memory, at least 1; one more has the one leave that was not used for longest.
    package var models = Int.max
    /// Most bytes that they take together.
    package var byteCount = Int.max
    /// How long a model stays in memory that nobody uses, unless a request says otherwise.
    package var keepAlive = KeepAlive.forever

    package init() {}

    /// Whether these many models of these many bytes, and another of `byteCount`, are no more than may be.
    func allow(_ usage: (models: Int, byteCount: Int), and byteCount: Int? = nil) -> Bool {
        let models = usage.models + (byteCount == nil ? 0 : 1)
        let (sum, overflows) = usage.byteCount.addingReportingOverflow(byteCount ?? 0)
        return models <= self.models && !overflows && sum <= self.byteCount
    }
}
