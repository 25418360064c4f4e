// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Where the server listens, and whom it answers.
struct ServerArguments: SettingArguments {
    @Option(.host) var host: String?
    @Option(.port) var port: String?
    @Option(.apiKey) var apiKey: [String] = []
    @Option(.apiKeyFile) var apiKeyFile: String?
    @Option(.corsAllowOrigin) var corsAllowOrigin: [String] = []
    @Option(.metrics) var metrics: String?
    @Flag(.documentation) var documentation: Bool?
    @Option(.maxConcurrentRequests) var maxConcurrentRequests: String?
    @Option(.drainDelay) var drainDelay: String?
    @Option(.drainTimeout) var drainTimeout: String?

    var flags: Flags {
        Flags(
            [
                .host: host, .port: port, .apiKeyFile: apiKeyFile, .metrics: metrics,
                .maxConcurrentRequests: maxConcurrentRequests, .drainDelay: drainDelay, .drainTimeout: drainTimeout,
            ],
            lists: [.apiKey: apiKey, .corsAllowOrigin: corsAllowOrigin],
            switches: [.documentation: documentation])
    }
}
