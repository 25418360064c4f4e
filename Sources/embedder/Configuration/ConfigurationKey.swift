// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// One setting: its flags, its environment variables and its default; the whole table is in ``ConfigurationKeys``.
struct ConfigurationKey: Sendable {
    /// The flag without dashes; also the setting's name in messages.
    let name: String
    /// Other spellings of the flag.
    var flagAliases: [String] = []
    /// Environment variables, the first that is set and not empty wins.
    var environment: [String]
    /// As it would be typed; `nil` when there is none.
    var defaultValue: String?
    /// One sentence for `--help`.
    let help: String

    /// The flag's names for ArgumentParser.
    var flags: NameSpecification {
        NameSpecification(([name] + flagAliases).map { .customLong($0) })
    }

    /// The help text for ArgumentParser, with default and environment.
    func argumentHelp(valueName: String) -> ArgumentHelp {
        let notes = [defaultValue.map { "default: \($0)" }, environment.first.map { "env: \($0)" }].compactMap(\.self)
        return ArgumentHelp(
            "\(help)\(notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")", valueName: valueName)
    }
}

/// Every setting: the one table of flags, aliases, environment variables and defaults.
enum ConfigurationKeys {
    static let host = ConfigurationKey(
        name: "host", flagAliases: ["hostname"], environment: ["EMBEDDER_HOST", "EMBEDDINGS_HOST"],
        defaultValue: "127.0.0.1", help: "Address to listen on.")
    static let port = ConfigurationKey(
        name: "port", environment: ["EMBEDDER_PORT", "EMBEDDINGS_PORT", "PORT"], defaultValue: "8080",
        help: "Port to listen on; 0 takes any free one.")
    static let apiKey = ConfigurationKey(
        name: "api-key", environment: ["EMBEDDER_API_KEY", "VECTOR_EMBEDDER_API_KEY"],
        help: "Key that inference requests must bring; may be given several times, in the environment comma-separated.")
    static let model = ConfigurationKey(
        name: "model", flagAliases: ["model-id"], environment: ["EMBEDDER_MODEL", "MODEL_ID"],
        defaultValue: "sentence-transformers/all-MiniLM-L6-v2",
        help: "Model: an id of the Hub, id@revision, or a directory.")
    static let servedModelName = ConfigurationKey(
        name: "served-model-name", environment: ["EMBEDDER_SERVED_MODEL_NAME", "SERVED_MODEL_NAME"],
        help: "Name under which the model is served, beside its id and short name.")
    static let modelsFormat = ConfigurationKey(
        name: "models-format", environment: ["EMBEDDER_MODELS_FORMAT"], defaultValue: "openai",
        help: "What GET /v1/models lists: openai (objects) or names (strings).")
    static let threads = ConfigurationKey(
        name: "threads", environment: ["EMBEDDER_THREADS"],
        help: "Compute threads (default: the processors this process may use).")
    static let dtype = ConfigurationKey(
        name: "dtype", environment: ["EMBEDDER_DTYPE", "DTYPE"], defaultValue: "float32",
        help: "Type of the weights in memory: float32, float16, bfloat16 or int8; arithmetic as the processor has it.")
    static let pooling = ConfigurationKey(
        name: "pooling", environment: ["EMBEDDER_POOLING", "POOLING"],
        help: "Replaces the model's own pooling: cls, max, mean, mean_sqrt_len_tokens, weightedmean or lasttoken.")
    static let maxInputTokens = ConfigurationKey(
        name: "max-input-tokens",
        environment: ["EMBEDDER_MAX_INPUT_TOKENS", "EMBEDDINGS_MAX_INPUT_TOKENS", "MODEL_SEQ_LEN"],
        help: "Most tokens of one input, up to the model's positions (default: the model's own length).")
    static let truncate = ConfigurationKey(
        name: "truncate", environment: ["EMBEDDER_TRUNCATE"], defaultValue: "cut",
        help: "What happens to longer inputs: cut or refuse.")
    static let matryoshka = ConfigurationKey(
        name: "matryoshka", environment: ["EMBEDDER_MATRYOSHKA"], defaultValue: "normalized",
        help: "Vectors cut by \"dimensions\" are normalized again, or left plain.")
    static let tokenIDs = ConfigurationKey(
        name: "token-ids", environment: ["EMBEDDER_TOKEN_IDS"], defaultValue: "framed",
        help: "Token ids accepted as input: framed by the model's special tokens, or any in the vocabulary.")
    static let maxBatchTokens = ConfigurationKey(
        name: "max-batch-tokens", environment: ["EMBEDDER_MAX_BATCH_TOKENS", "MAX_BATCH_TOKENS"],
        help: "Tokens of one forward pass (default: 1024 for each thread).")
    static let maxConcurrentRequests = ConfigurationKey(
        name: "max-concurrent-requests",
        environment: ["EMBEDDER_MAX_CONCURRENT_REQUESTS", "MAX_CONCURRENT_REQUESTS"], defaultValue: "512",
        help: "Requests that may wait for the model; more are answered 429.")
    static let logLevel = ConfigurationKey(
        name: "log-level", environment: ["EMBEDDER_LOG_LEVEL", "LOG_LEVEL"], defaultValue: "info",
        help: "trace, debug, info, notice, warning, error or critical.")
    static let logFormat = ConfigurationKey(
        name: "log-format", environment: ["EMBEDDER_LOG_FORMAT"], defaultValue: "auto",
        help: "text, json, or auto: text on a terminal, json otherwise.")
    static let kernel = ConfigurationKey(
        name: "kernel", environment: ["EMBEDDER_KERNEL"],
        help: "Instruction set of the kernels (default: the fastest this processor has).")
}
