// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
package import EmbedServing
import Synchronization

/// Everything that is counted, and the page that tells of it.
package final class ServerMetrics: ServingObserver {
    /// What the middleware counts.
    let requests = RequestFamilies()
    private let models = ModelFamilies()
    private let observers = Mutex<[String: ModelMetrics]>([:])
    private let registry: MetricRegistry

    /// - Parameter version: the program's.
    package init(version: String) {
        let build = Family<VersionLabel, Gauge>("embedder_build_info", "1; its label tells the version.", limit: 1) {
            Gauge(1)
        }
        _ = build.series(VersionLabel(version: version))
        registry = MetricRegistry([build] + requests.sources + models.sources + [ProcessMetrics()])
    }

    /// The observer of the model with this canonical id; models over the limit share one.
    package func observer(ofModel id: String) -> any ModelObserver {
        observers.withLock { observers in
            if let observer = observers[id] { return observer }
            // The families give what is over their limit one series of theirs.
            let key = observers.count < ModelFamilies.limit ? id : Self.overflowKey
            if let observer = observers[key] { return observer }
            let observer = ModelMetrics(model: id, of: models)
            observers[key] = observer
            return observer
        }
    }

    /// Requests being answered.
    package var requestsInFlight: Int { Int(requests.inFlight.value) }

    /// The page as it is now.
    func page() -> [UInt8] { registry.page() }

    /// No model has it: ids aren't empty.
    private static let overflowKey = ""

    private struct VersionLabel: LabelSet {
        let version: String

        var labels: [Label] { [Label("version", version)] }
    }
}
