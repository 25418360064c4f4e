// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import embedder

@Suite struct ConfigurationKeyTests {
    @Test func givesEachNameOnce() {
        let flags = ConfigurationKeys.all.flatMap { [$0.name] + $0.flagAliases }
        #expect(Set(flags).count == flags.count)
        let variables = ConfigurationKeys.all.flatMap(\.environment).map(\.name)
        #expect(Set(variables).count == variables.count)
    }

    @Test func hasDefaultsThatTheirKindsTake() {
        for key in ConfigurationKeys.all {
            #expect(key.hasFlag || !key.environment.isEmpty, "\(key.name)")
            #expect(key.defaultValue == nil || key.defaultNote == nil, "\(key.name)")
            if let value = key.defaultValue { #expect(key.kind.normalized(value) == value, "\(key.name)") }
            for translation in key.environment.compactMap(\.translation) {
                #expect(key.kind.normalized(translation.on) == translation.on)
                #expect(key.kind.normalized(translation.off) == translation.off)
            }
            #expect(key.help.hasSuffix("."), "\(key.name)")
        }
    }

    /// The variables of the five services whose contracts the server keeps.
    @Test(arguments: [
        // Vector Embedder
        "VECTOR_EMBEDDER_API_KEY", "PORT", "MAX_BATCH_SIZE", "MAX_TEXTS_PER_BATCH", "MAX_IMAGES_PER_BATCH",
        "MAX_IMAGE_SIZE", "EMBEDDING_MODEL", "TOKENIZER_MODEL",
        // Embeddings
        "HF_TOKEN", "EMBEDDINGS_PORT", "EMBEDDINGS_HOST", "EMBEDDINGS_DEVICE", "EMBEDDINGS_CUDA_MEMORY_FRACTION",
        "EMBEDDINGS_BITSANDBYTES", "EMBEDDINGS_MAX_LOADED_MODELS", "EMBEDDINGS_MAX_BATCH_SIZE",
        "EMBEDDINGS_MAX_INPUT_TOKENS", "EMBEDDINGS_TRUNCATE_INPUTS",
        // embedding-server
        "TRANSFORMERS_CACHE",
        // Simple model service
        "MODEL_PATH", "MODEL_SEQ_LEN",
        // Embeddings Generator
        "DEFAULT_MODEL_NAME", "MODEL_CACHE_DIR", "MAX_SEQUENCE_LENGTH", "HOST", "WORKERS", "LOG_LEVEL", "DEBUG",
        "APP_NAME", "APP_VERSION", "SECRET_KEY", "ACCESS_TOKEN_EXPIRE_MINUTES", "ENABLE_METRICS", "METRICS_PORT",
        "DOCKER_IMAGE_NAME", "DOCKER_TAG",
    ])
    func knowsTheVariablesOfTheServicesItStandsInFor(name: String) {
        #expect(ConfigurationKeys.all.contains { $0.environment.contains { $0.name == name } })
    }

    @Test(arguments: [
        ("2GiB", 2 << 30), ("512MB", 512_000_000), ("1.5g", 3 << 29), ("64 KiB", 65536), ("1000000", 1_000_000),
        ("7b", 7), ("1tib", 1 << 40), ("2kb", 2000), ("", nil), ("GiB", nil), ("0", nil), ("-1", nil), ("1XB", nil),
        ("1e3", nil),
        ("9999999999TB", nil), ("1.2.3M", nil), ("5MiBs", nil),
    ])
    func readsSizes(text: String, expected: Int?) {
        #expect(ConfigurationKey.Kind.byteCount(text) == expected)
    }

    @Test func hidesWhatIsSecret() {
        let secrets = ConfigurationKeys.all.filter(\.kind.isSecret).map(\.name)
        #expect(secrets == ["api-key", "hub-token", "https-proxy", "http-proxy", "secret-key"])
    }
}
