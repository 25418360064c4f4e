// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics

/// The label of what is counted for each model.
struct ModelLabel: LabelSet {
    /// The canonical id.
    let model: String

    var labels: [Label] { [Label("model", model)] }
}

/// The labels of loads.
struct LoadLabels: LabelSet {
    enum Result: String {
        case success
        case failure
    }

    let model: String
    let result: Result

    var labels: [Label] { [Label("model", model), Label("result", result.rawValue)] }
}
