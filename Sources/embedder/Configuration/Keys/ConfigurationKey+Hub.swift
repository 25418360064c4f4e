// SPDX-License-Identifier: Apache-2.0

import EmbedHub

/// Where models are downloaded from and to; the variables are those of huggingface_hub.
extension ConfigurationKey {
    static let hubCache = ConfigurationKey(
        name: "hub-cache", hasFlag: false,
        environment: ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"], kind: .text,
        defaultNote: "hub in HF_HOME",
        help: "The Hub's cache of models: searched after the directory of models; downloads go there.")
    static let hubHome = ConfigurationKey(
        name: "hub-home", hasFlag: false, environment: ["HF_HOME"], kind: .text,
        defaultNote: "huggingface in XDG_CACHE_HOME", help: "Directory of the Hub's tools.")
    static let cacheHome = ConfigurationKey(
        name: "cache-home", hasFlag: false, environment: ["XDG_CACHE_HOME"], kind: .text, defaultNote: "~/.cache",
        help: "Directory of all programs' caches.")
    static let offline = ConfigurationKey(
        name: "offline", environment: ["EMBEDDER_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"], kind: .switch,
        defaultValue: "false", help: "Download nothing: only models on this machine.")
    static let hubEndpoint = ConfigurationKey(
        name: "hub-endpoint", hasFlag: false, environment: ["HF_ENDPOINT"], kind: .text,
        defaultValue: HubSettings.usualEndpoint, help: "The Hub, or a mirror of it.")
    static let hubToken = ConfigurationKey(
        name: "hub-token", hasFlag: false, environment: ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"], kind: .secret,
        defaultNote: "the content of the token file",
        help: "Token for private and gated models; sent to the Hub's own address and nowhere else.")
    static let hubTokenFile = ConfigurationKey(
        name: "hub-token-file", hasFlag: false, environment: ["HF_TOKEN_PATH"], kind: .text,
        defaultNote: "token in HF_HOME", help: "File with the token, where hf auth login puts it.")
    static let implicitTokenOff = ConfigurationKey(
        name: "hub-implicit-token-off", hasFlag: false, environment: ["HF_HUB_DISABLE_IMPLICIT_TOKEN"], kind: .switch,
        defaultValue: "false", help: "Send no token, although there is one.")
    static let hubListingTimeout = ConfigurationKey(
        name: "hub-listing-timeout", hasFlag: false, environment: ["HF_HUB_ETAG_TIMEOUT"], kind: .integer(1...3600),
        defaultValue: "10", help: "Seconds that the Hub may be silent when it is asked what there is.")
    static let certificates = ConfigurationKey(
        name: "certificates", hasFlag: false, environment: ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"],
        kind: .text, defaultNote: "the system's",
        help: "File with the certificates, in PEM, that are trusted when the Hub is reached by https.")
    static let hubTimeout = ConfigurationKey(
        name: "hub-timeout", hasFlag: false, environment: ["HF_HUB_DOWNLOAD_TIMEOUT"], kind: .integer(1...3600),
        defaultValue: "10", help: "Seconds that the Hub may be silent in a file before it is asked again.")
    static let httpsProxy = ConfigurationKey(
        name: "https-proxy", hasFlag: false, environment: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        kind: .secret, defaultNote: "none", help: "Proxy for downloads by https: http://host:port or socks5://host.")
    static let httpProxy = ConfigurationKey(
        name: "http-proxy", hasFlag: false, environment: ["http_proxy", "HTTP_PROXY"], kind: .secret,
        defaultNote: "none", help: "Proxy for downloads by http.")
    static let noProxy = ConfigurationKey(
        name: "no-proxy", hasFlag: false, environment: ["NO_PROXY", "no_proxy"], kind: .text, defaultNote: "none",
        help: "Hosts reached without a proxy, separated by commas.")
}
