// SPDX-License-Identifier: Apache-2.0

import EmbedServer

/// Where the server listens, and whom it answers.
extension ConfigurationKey {
    static let host = ConfigurationKey(
        name: "host", flagAliases: ["hostname"], environment: ["EMBEDDER_HOST", "EMBEDDINGS_HOST", "HOST"], kind: .text,
        defaultValue: "127.0.0.1", valueName: "address", help: "Address to listen on; 0.0.0.0 is all of IPv4.")
    static let port = ConfigurationKey(
        name: "port", environment: ["EMBEDDER_PORT", "EMBEDDINGS_PORT", "PORT"], kind: .integer(0...65_535),
        defaultValue: "8080", valueName: "port", help: "Port to listen on; 0 takes any free one.")
    static let apiKey = ConfigurationKey(
        name: "api-key", environment: ["EMBEDDER_API_KEY", "VECTOR_EMBEDDER_API_KEY"], kind: .secretList,
        defaultNote: "none, the server is open", valueName: "key",
        help: "Key that inference requests must bring; may be given several times, in the environment comma-separated.")
    static let apiKeyFile = ConfigurationKey(
        name: "api-key-file", environment: ["EMBEDDER_API_KEY_FILE"], kind: .text, valueName: "file",
        help: "File with further keys, one a line; lines that begin with # are comments.")
    static let corsAllowOrigin = ConfigurationKey(
        name: "cors-allow-origin", environment: ["EMBEDDER_CORS_ALLOW_ORIGIN", "CORS_ALLOW_ORIGIN"], kind: .list,
        defaultValue: "*", valueName: "origin",
        help: "Origin whose web pages may call; may be given several times; * is any, none closes.")
    static let metrics = ConfigurationKey(
        name: "metrics", environment: ["EMBEDDER_METRICS", .switch("ENABLE_METRICS", on: "open", off: "off")],
        kind: .choice(of: MetricsAccess.self), defaultValue: "open", valueName: "access",
        help: "Who may read GET /metrics: open (all), keyed (who has a key) or off.")
    static let documentation = ConfigurationKey(
        name: "docs", environment: ["EMBEDDER_DOCS"], kind: .switch, defaultValue: "true",
        help: "Serve /docs and /redoc.")
    static let maxConcurrentRequests = ConfigurationKey(
        name: "max-concurrent-requests",
        environment: ["EMBEDDER_MAX_CONCURRENT_REQUESTS", "MAX_CONCURRENT_REQUESTS"], kind: .integer(1...1_000_000),
        defaultValue: "512", valueName: "n", help: "Requests that may wait for a model; more are answered 429.")
    static let drainDelay = ConfigurationKey(
        name: "drain-delay", environment: ["EMBEDDER_DRAIN_DELAY"], kind: .duration, defaultValue: "0s",
        valueName: "time",
        help: "How long requests are still taken after SIGTERM, while /health/ready is 503 already; not after Ctrl-C.")
    static let drainTimeout = ConfigurationKey(
        name: "drain-timeout", environment: ["EMBEDDER_DRAIN_TIMEOUT"], kind: .duration,
        defaultNote: "25s; 8s on Cloud Run, which kills after 10 s", valueName: "time",
        help: "How long the requests begun may then take until they are cut off.")
    static let environmentFile = ConfigurationKey(
        name: "env-file", environment: ["EMBEDDER_ENV_FILE"], kind: .text,
        defaultNote: ".env in the working directory, if it is there", valueName: "file",
        help: "File with lines NAME=VALUE, which count where the environment says nothing.")
}
