// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Testing

/// What `embedder serve` makes of its settings, without listening.
@Suite(.timeLimit(.minutes(2))) struct ServeConfigurationTests {
    @Test(arguments: [
        ("PORT", "abc"), ("PORT", "65536"), ("EMBEDDINGS_PORT", "-1"), ("EMBEDDINGS_MAX_BATCH_SIZE", "0"),
        ("EMBEDDINGS_MAX_INPUT_TOKENS", "0"), ("EMBEDDINGS_MAX_LOADED_MODELS", "0"),
        ("EMBEDDINGS_TRUNCATE_INPUTS", "maybe"), ("EMBEDDINGS_CUDA_MEMORY_FRACTION", "2"),
        ("EMBEDDINGS_DEVICE", "cuda"), ("EMBEDDINGS_DEVICE", "tpu"), ("EMBEDDINGS_BITSANDBYTES", "8bit"),
        ("EMBEDDINGS_BITSANDBYTES", "4bit"), ("EMBEDDINGS_BITSANDBYTES", "2bit"), ("MAX_BATCH_SIZE", "0"),
        ("MAX_TEXTS_PER_BATCH", "all"), ("MAX_IMAGES_PER_BATCH", "0"), ("MAX_IMAGE_SIZE", "10MB"),
        ("MODEL_SEQ_LEN", "long"), ("MAX_SEQUENCE_LENGTH", "0"), ("WORKERS", "0"), ("LOG_LEVEL", "loud"),
        ("DEBUG", "maybe"), ("ENABLE_METRICS", "maybe"), ("METRICS_PORT", "x"), ("ACCESS_TOKEN_EXPIRE_MINUTES", "x"),
        ("EMBEDDER_METRICS", "closed"), ("EMBEDDER_DOCS", "maybe"), ("EMBEDDER_THREADS", "0"),
        ("EMBEDDER_API_KEY", ","), ("EMBEDDER_MODELS_FORMAT", "xml"), ("EMBEDDER_CORS_ALLOW_ORIGIN", "none,*"),
        ("EMBEDDER_MATRYOSHKA", "x"), ("EMBEDDER_TOKEN_IDS", "x"), ("DTYPE", "int4"), ("POOLING", "median"),
        ("EMBEDDER_API_KEY_FILE", "/nonexistent"), ("EMBEDDER_ALLOWLIST", "/nonexistent"),
        ("EMBEDDER_ENV_FILE", "/nonexistent"), ("EMBEDDING_MODEL", "org/absent"), ("MODEL_PATH", "/nonexistent"),
        ("DEFAULT_MODEL_NAME", "no id"),
    ])
    func stopsAndNamesTheVariableThatIsWrong(name: String, value: String) throws {
        let result = try printConfiguration(environment: [name: value])
        #expect(result.status != 0)
        // A file that isn't there is named itself.
        #expect(result.errors.contains(value == "/nonexistent" && name != "MODEL_PATH" ? value : name))
        #expect(result.output.isEmpty)
    }

    @Test func saysWhatToUseInsteadOfCUDA() throws {
        let device = try printConfiguration(["--device", "cuda"])
        #expect(device.errors.contains(#"--device is "cuda"; this build has no CUDA device: use auto or cpu."#))
        let quantized = try printConfiguration(environment: ["EMBEDDINGS_BITSANDBYTES": "8bit"])
        #expect(quantized.errors.contains("--dtype int8"))
    }

    @Test func namesTheLineOfAFile() throws {
        let folder = try TemporaryDirectory()
        try folder.write("# planted\nPORT=planted-port\n", to: ".env")
        let wrong = try printConfiguration(directory: folder.path)
        #expect(wrong.errors.contains(".env, line 2: PORT is \"planted-port\"; expected a whole number"))
        try folder.write("A=1\nplanted\n", to: ".env")
        let broken = try printConfiguration(directory: folder.path)
        #expect(broken.status == 1)
        #expect(broken.errors.contains(".env, line 2: expected NAME=VALUE"))
        #expect(!broken.errors.contains("planted"))
        let list = try folder.write("org/name\n../etc\n", to: "list.txt")
        #expect(
            try printConfiguration(["--allowlist", list]).errors.contains("\(list), line 2: \"../etc\" is no model id"))
    }

    @Test func showsValuesAndWhereTheyStandAndNoSecret() throws {
        let folder = try TemporaryDirectory()
        try folder.write("SECRET_KEY=planted\nMAX_TEXTS_PER_BATCH=7\nPORT=1\nUNRELATED=planted\n", to: ".env")
        let keys = try folder.write("planted-in-file\n", to: "keys")
        let result = try printConfiguration(
            ["--host", "::1", "--api-key", "planted-flag", "--api-key-file", keys, "--no-docs", "--threads", "3"],
            environment: ["PORT": "9000", "HF_TOKEN": "planted", "MODEL_SEQ_LEN": "100", "K_SERVICE": "embedder"],
            directory: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.lines.map { $0.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) } }
        for row in [
            ["host", "::1", "--host"],
            ["port", "9000", "environment variable PORT"],
            ["api-key", "********", "--api-key"],
            ["docs", "false", "--no-docs"],
            ["drain-delay", "0s", "default"],
            ["drain-timeout", "8s", "because of K_SERVICE"],
            ["model", Program.model, "argument"],
            ["hub-token", "********", "environment variable HF_TOKEN"],
            ["threads", "3", "--threads"],
            ["dtype", "float32", "default"],
            ["max-input-tokens", "100", "environment variable MODEL_SEQ_LEN"],
            ["truncate", "cut", "default"],
            ["max-batch-tokens", "3072", "default"],
            ["max-texts", "7", ".env, line 2: MAX_TEXTS_PER_BATCH"],
            ["secret-key", "********", ".env, line 1: SECRET_KEY"],
        ] {
            #expect(lines.contains(row), "\(row)")
        }
        #expect(!(result.output + result.errors).contains("planted"))
        #expect(try printConfiguration(flag: "--show-config").status == 0)
    }

    @Test(arguments: [
        (["EMBEDDINGS_MAX_INPUT_TOKENS": "100"], "refuse", "because of EMBEDDINGS_MAX_INPUT_TOKENS"),
        (
            ["EMBEDDINGS_MAX_INPUT_TOKENS": "100", "EMBEDDINGS_TRUNCATE_INPUTS": "true"], "cut",
            "environment variable EMBEDDINGS_TRUNCATE_INPUTS"
        ),
        (["EMBEDDINGS_MAX_INPUT_TOKENS": "100", "EMBEDDER_MAX_INPUT_TOKENS": "90"], "cut", "default"),
        (["MODEL_SEQ_LEN": "100"], "cut", "default"),
        (["EMBEDDINGS_TRUNCATE_INPUTS": "no"], "refuse", "environment variable EMBEDDINGS_TRUNCATE_INPUTS"),
    ])
    func refusesLongTextsWhereTheOriginalDoes(environment: [String: String], value: String, origin: String) throws {
        let result = try printConfiguration(environment: environment)
        let row = result.lines.first { $0.hasPrefix("  truncate ") }
        #expect(row?.contains(" \(value) ") == true && row?.hasSuffix("  \(origin)") == true, "\(result.errors)")
    }

    @Test func readsTheFileThatIsNamed() throws {
        let folder = try TemporaryDirectory()
        try folder.write("PORT=1\n", to: ".env")
        let other = try folder.write("export PORT='2' # another\n", to: "other.env")
        for arguments in [["--env-file", other], []] {
            let result = try printConfiguration(
                arguments, environment: arguments.isEmpty ? ["EMBEDDER_ENV_FILE": other] : [:], directory: folder.path)
            #expect(result.output.contains("\(other), line 1: PORT"), "\(result.errors)")
        }
    }

    @Test func takesModelsFromADirectory() throws {
        let folder = try TemporaryDirectory()
        let link = "\(folder.path)/all-MiniLM-L6-v2"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Program.model)
        for (arguments, environment) in [
            (["--load-models-from", folder.path], [:]), ([], ["MODEL_CACHE_DIR": folder.path]),
        ] {
            let result = try Program.run(["serve", "--print-config"] + arguments, environment: environment)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains(folder.path))
            let tokens = try Program.run(
                ["tokenize", "Hello"], environment: ["SENTENCE_TRANSFORMERS_HOME": folder.path])
            #expect(tokens.status == 0, "\(tokens.errors)")
        }
    }

    private func printConfiguration(
        _ arguments: [String] = [], flag: String = "--print-config", environment: [String: String] = [:],
        directory: String = "/"
    ) throws -> Program.Result {
        try Program.run(
            ["serve", Program.model, flag] + arguments, environment: environment, directory: directory)
    }
}
