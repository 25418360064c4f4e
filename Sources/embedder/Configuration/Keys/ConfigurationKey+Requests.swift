// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServer

/// What requests may ask, and how they are computed.
extension ConfigurationKey {
    static let maxInputTokens = ConfigurationKey(
        name: "max-input-tokens",
        environment: ["EMBEDDER_MAX_INPUT_TOKENS", .maxInputTokensOfOpenAI, "MODEL_SEQ_LEN"],
        kind: .integer(1...16_777_216), defaultNote: "the model's own length", valueName: "n",
        help: "Most tokens of one input, up to the model's positions.")
    static let truncate = ConfigurationKey(
        name: "truncate",
        environment: ["EMBEDDER_TRUNCATE", .switch("EMBEDDINGS_TRUNCATE_INPUTS", on: "cut", off: "refuse")],
        kind: .choice(of: LongInputs.self),
        defaultNote: "cut; refuse when EMBEDDINGS_MAX_INPUT_TOKENS sets the limit", valueName: "policy",
        help: "What happens to longer inputs of /v1/embeddings: cut or refuse.")
    static let maxInputs = ConfigurationKey(
        name: "max-inputs", flagAliases: ["max-client-batch-size"],
        environment: ["EMBEDDER_MAX_INPUTS", "EMBEDDINGS_MAX_BATCH_SIZE", "MAX_CLIENT_BATCH_SIZE"],
        kind: .integer(1...1_000_000), defaultValue: "2048", valueName: "n",
        help: "Most inputs of a request to /v1/embeddings.")
    static let maxBatchSize = ConfigurationKey(
        name: "max-batch-size", flagAliases: ["max-batch-requests"],
        environment: ["EMBEDDER_MAX_BATCH_SIZE", "MAX_BATCH_SIZE", "MAX_BATCH_REQUESTS"], kind: .integer(1...65_536),
        defaultValue: "1024", valueName: "n", help: "Most inputs of one forward pass; never changes a vector.")
    static let maxBatchTokens = ConfigurationKey(
        name: "max-batch-tokens", environment: ["EMBEDDER_MAX_BATCH_TOKENS", "MAX_BATCH_TOKENS"],
        kind: .integer(1...16_777_216), defaultNote: "1024 for each thread", valueName: "n",
        help: "Tokens of one forward pass.")
    static let matryoshka = ConfigurationKey(
        name: "matryoshka", environment: ["EMBEDDER_MATRYOSHKA"], kind: .choice(of: MatryoshkaPolicy.self),
        defaultValue: "normalized", valueName: "policy",
        help: "Vectors cut by \"dimensions\" are normalized again, or left plain.")
    static let tokenIDs = ConfigurationKey(
        name: "token-ids", environment: ["EMBEDDER_TOKEN_IDS"], kind: .choice(of: TokenIDPolicy.self),
        defaultValue: "framed", valueName: "policy",
        help: "Token ids accepted as input: framed by the model's special tokens, or any in the vocabulary.")
    static let imageURLs = ConfigurationKey(
        name: "image-urls", environment: ["EMBEDDER_IMAGE_URLS"], kind: .list,
        defaultNote: "none, images come inside requests", valueName: "host",
        help: "Host from which images are fetched that requests name by address; may be given several times.")
    static let modelsFormat = ConfigurationKey(
        name: "models-format", environment: ["EMBEDDER_MODELS_FORMAT"], kind: .choice(of: ModelsFormat.self),
        defaultValue: "openai", valueName: "format",
        help: "What GET /v1/models lists: openai (objects) or names (strings).")
}

extension ConfigurationKey.Variable {
    /// Sets a limit over which the service it comes from refuses texts, unless it is told to cut them.
    static let maxInputTokensOfOpenAI: Self = "EMBEDDINGS_MAX_INPUT_TOKENS"
}

/// What `/v1/embeddings` does with texts over the model's length.
enum LongInputs: String, Sendable, CaseIterable {
    case cut
    case refuse
}
