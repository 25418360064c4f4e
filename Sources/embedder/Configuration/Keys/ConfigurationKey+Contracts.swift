// SPDX-License-Identifier: Apache-2.0

/// What is particular to the routes of one of the services whose contracts the server keeps.
extension ConfigurationKey {
    // MARK: Vector Embedder

    static let vectorEmbedderModel = ConfigurationKey(
        name: "vector-embedder-model", hasFlag: false, environment: ["EMBEDDING_MODEL"], kind: .text,
        defaultNote: "the first model", help: "Model of the Vector Embedder's routes.")
    static let tokenizerModel = ConfigurationKey(
        name: "tokenizer-model", hasFlag: false, environment: ["TOKENIZER_MODEL"], kind: .text,
        defaultNote: "the model's own",
        help: "Accepted; texts are always tokenized as the model's own files say, and another name is a warning.")
    static let maxTexts = ConfigurationKey(
        name: "max-texts", hasFlag: false, environment: ["MAX_TEXTS_PER_BATCH"], kind: .integer(1...100_000),
        defaultValue: "100", help: "Most texts of a request to /embeddings/batch.")
    static let maxImages = ConfigurationKey(
        name: "max-images", hasFlag: false, environment: ["MAX_IMAGES_PER_BATCH"], kind: .integer(1...10_000),
        defaultValue: "20", help: "Most images of a request, on every route.")
    static let maxImageBytes = ConfigurationKey(
        name: "max-image-bytes", hasFlag: false, environment: ["MAX_IMAGE_SIZE"], kind: .integer(1...1_073_741_824),
        defaultValue: "10485760", help: "Most bytes of an image's file, on every route.")

    // MARK: Simple model service

    static let simpleModelServiceModel = ConfigurationKey(
        name: "simple-model-service-model", hasFlag: false, environment: ["MODEL_PATH"], kind: .text,
        defaultNote: "the first model", help: "Model of POST /embed: a directory or an id.")

    // MARK: Embeddings Generator

    static let embeddingsGeneratorModel = ConfigurationKey(
        name: "embeddings-generator-model", hasFlag: false, environment: ["DEFAULT_MODEL_NAME"], kind: .text,
        defaultNote: "the first model", help: "Model of POST /embeddings with \"texts\" when the request names none.")
    static let maxTextTokens = ConfigurationKey(
        name: "max-text-tokens", hasFlag: false, environment: ["MAX_SEQUENCE_LENGTH"], kind: .integer(1...16_777_216),
        defaultValue: "512", help: "Most tokens of a text of POST /embeddings with \"texts\"; longer ones are refused.")
    static let appName = ConfigurationKey(
        name: "app-name", hasFlag: false, environment: ["APP_NAME"], kind: .text, defaultValue: "Embedder API",
        help: "Title of the OpenAPI document.")
    static let appVersion = ConfigurationKey(
        name: "app-version", hasFlag: false, environment: ["APP_VERSION"], kind: .text,
        defaultNote: "the program's version", help: "The version that GET / tells.")
}
