// SPDX-License-Identifier: Apache-2.0

/// Every setting: the one table of flags, aliases, environment variables, kinds and defaults.
enum ConfigurationKeys {
    /// Settings that belong together.
    struct Group: Sendable {
        let title: String
        let keys: [ConfigurationKey]
    }

    static let groups = [
        Group(
            title: "Server",
            keys: [
                .host, .port, .apiKey, .apiKeyFile, .corsAllowOrigin, .metrics, .documentation, .maxConcurrentRequests,
                .drainDelay, .drainTimeout, .environmentFile,
            ]),
        Group(
            title: "Models",
            keys: [
                .model, .servedModelName, .modelsDirectory, .allowlist, .maxLoadedModels, .modelMemory, .keepAlive,
                .loadWait, .threads, .device, .cudaMemoryFraction, .bitsandbytes, .dtype, .pooling, .kernel,
            ]),
        Group(
            title: "Downloads",
            keys: [
                .offline, .hubCache, .hubHome, .cacheHome, .hubEndpoint, .hubToken, .hubTokenFile,
                .implicitTokenOff, .hubListingTimeout, .hubTimeout, .certificates, .httpsProxy, .httpProxy, .noProxy,
            ]),
        Group(
            title: "Requests",
            keys: [
                .maxInputTokens, .truncate, .maxInputs, .maxBatchSize, .maxBatchTokens, .matryoshka, .tokenIDs,
                .imageURLs, .modelsFormat,
            ]),
        Group(
            title: "Contracts",
            keys: [
                .vectorEmbedderModel, .tokenizerModel, .maxTexts, .maxImages, .maxImageBytes, .simpleModelServiceModel,
                .embeddingsGeneratorModel, .maxTextTokens, .appName, .appVersion,
            ]),
        Group(title: "Logging", keys: [.logLevel, .logFormat]),
        Group(
            title: "Accepted, without effect",
            keys: [.workers, .secretKey, .tokenMinutes, .metricsPort, .dockerImageName, .dockerTag]),
    ]

    /// All settings, in the order of the documentation.
    static let all = groups.flatMap(\.keys)
}
