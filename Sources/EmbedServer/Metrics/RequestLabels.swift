// SPDX-License-Identifier: Apache-2.0

import EmbedMetrics
import HTTPTypes

/// The labels of requests; no value is a client's own words.
struct RequestLabels: LabelSet {
    /// A method, of the few that have a label of their own.
    enum Method: String {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
        case other

        init(_ method: HTTPRequest.Method) {
            self = Method(rawValue: method.rawValue) ?? .other
        }
    }

    /// The canonical id, "" where none is known.
    let model: String
    let route: String
    let method: Method
    let status: Int

    var labels: [Label] {
        [
            Label("model", model), Label("route", route), Label("method", method.rawValue),
            Label("status", String(status)),
        ]
    }
}

/// The label of requests' times.
struct RouteLabel: LabelSet {
    let route: String

    var labels: [Label] { [Label("route", route)] }
}
