// SPDX-License-Identifier: Apache-2.0

/// Settings of the services whose contracts the server keeps that mean nothing here.
///
/// They are read and checked, so that who brings them is told of a typing error, not of an unknown name.
extension ConfigurationKey {
    static let workers = ConfigurationKey(
        name: "workers", hasFlag: false, environment: ["WORKERS"], kind: .integer(1...1024), defaultValue: "1",
        help: "One process serves all requests with --threads; more than 1 is a warning.")
    static let secretKey = ConfigurationKey(
        name: "secret-key", hasFlag: false, environment: ["SECRET_KEY"], kind: .secret,
        help: "The original doesn't use it either.")
    static let tokenMinutes = ConfigurationKey(
        name: "access-token-expire-minutes", hasFlag: false, environment: ["ACCESS_TOKEN_EXPIRE_MINUTES"],
        kind: .integer(0...1_000_000_000), help: "The original doesn't use it either.")
    static let metricsPort = ConfigurationKey(
        name: "metrics-port", hasFlag: false, environment: ["METRICS_PORT"], kind: .integer(0...65_535),
        help: "Metrics are on the server's own port, at /metrics.")
    static let dockerImageName = ConfigurationKey(
        name: "docker-image-name", hasFlag: false, environment: ["DOCKER_IMAGE_NAME"], kind: .text,
        help: "For scripts that build images.")
    static let dockerTag = ConfigurationKey(
        name: "docker-tag", hasFlag: false, environment: ["DOCKER_TAG"], kind: .text,
        help: "For scripts that build images.")
}
