// SPDX-License-Identifier: Apache-2.0

import Logging

extension ConfigurationKey {
    static let logLevel = ConfigurationKey(
        name: "log-level",
        environment: ["EMBEDDER_LOG_LEVEL", "LOG_LEVEL", .switch("DEBUG", on: "debug", off: "info")],
        kind: .choice(
            Logger.Level.allCases.map(\.rawValue), synonyms: ["warn": "warning", "fatal": "critical"]),
        defaultValue: "info", valueName: "level", help: "trace, debug, info, notice, warning, error or critical.")
    static let logFormat = ConfigurationKey(
        name: "log-format", environment: ["EMBEDDER_LOG_FORMAT"], kind: .choice(of: LineLogHandler.Format.self),
        defaultValue: "auto", valueName: "format", help: "text, json, or auto: text on a terminal, json otherwise.")
}
