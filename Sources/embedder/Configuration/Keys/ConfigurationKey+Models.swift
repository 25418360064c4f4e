// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModelFiles

/// Which models there are, where their files are, and what computes them.
extension ConfigurationKey {
    static let model = ConfigurationKey(
        name: "model", flagAliases: ["model-id"], environment: ["EMBEDDER_MODEL", "MODEL_ID"], kind: .text,
        defaultNote: "the first that is set of EMBEDDING_MODEL, MODEL_PATH and DEFAULT_MODEL_NAME, else "
            + DefaultModel.name, valueName: "model",
        help: "Model: an id of the Hub, id@revision, or a directory.")
    static let servedModelName = ConfigurationKey(
        name: "served-model-name", environment: ["EMBEDDER_SERVED_MODEL_NAME", "SERVED_MODEL_NAME"], kind: .text,
        defaultNote: "the model's id", valueName: "name",
        help: "Name under which the model is served, beside its id and short name.")
    static let modelsDirectory = ConfigurationKey(
        name: "models-dir", flagAliases: ["load-models-from"],
        environment: ["EMBEDDER_MODELS_DIR", "MODEL_CACHE_DIR", "SENTENCE_TRANSFORMERS_HOME"], kind: .text,
        defaultNote: "~/.cache/embedder/models", valueName: "directory",
        help: "Directory of models: one folder an id, or laid out as the Hub's cache.")
    static let allowlist = ConfigurationKey(
        name: "allowlist", environment: ["EMBEDDER_ALLOWLIST"], kind: .text,
        defaultNote: "every model on this machine", valueName: "file",
        help: "File with the ids that requests may name, one a line, such as supported_models.txt; what is not here is "
            + "downloaded for the first request.")
    static let maxLoadedModels = ConfigurationKey(
        name: "max-loaded-models", environment: ["EMBEDDER_MAX_LOADED_MODELS", "EMBEDDINGS_MAX_LOADED_MODELS"],
        kind: .integer(1...10_000), defaultNote: "as many as are asked for", valueName: "n",
        help: "Most models in memory; the least recently used one is unloaded.")
    static let modelMemory = ConfigurationKey(
        name: "model-memory", environment: ["EMBEDDER_MODEL_MEMORY"], kind: .byteCount,
        defaultNote: "as much as the models take", valueName: "bytes",
        help: "Most memory of all models together, such as 2GiB; the least recently used ones are unloaded.")
    static let keepAlive = ConfigurationKey(
        name: "keep-alive", environment: ["EMBEDDER_KEEP_ALIVE"], kind: .time, defaultValue: "-1",
        valueName: "time",
        help: "How long a model stays in memory that nobody uses: 5m, 300 (seconds), 0, or -1 for ever.")
    static let loadWait = ConfigurationKey(
        name: "load-wait", environment: ["EMBEDDER_LOAD_WAIT"], kind: .time, defaultValue: "-1", valueName: "time",
        help: "How long a request waits while its model is loaded before it is answered 503: 30s, 0, or -1 for as long "
            + "as it takes.")
    static let threads = ConfigurationKey(
        name: "threads", environment: ["EMBEDDER_THREADS"], kind: .integer(1...1024),
        defaultNote: "the processors this process may use", valueName: "n", help: "Compute threads.")
    static let device = ConfigurationKey(
        name: "device", environment: ["EMBEDDER_DEVICE", "EMBEDDINGS_DEVICE"], kind: .choice(["auto", "cpu", "cuda"]),
        defaultValue: "auto", valueName: "device", help: "Where models compute: auto or cpu; this build has no cuda.")
    static let cudaMemoryFraction = ConfigurationKey(
        name: "cuda-memory-fraction", hasFlag: false, environment: ["EMBEDDINGS_CUDA_MEMORY_FRACTION"], kind: .fraction,
        help: "Part of a CUDA device's memory to use; shown by GET /info, without meaning on a CPU.")
    static let bitsandbytes = ConfigurationKey(
        name: "bitsandbytes", hasFlag: false, environment: ["EMBEDDINGS_BITSANDBYTES"],
        kind: .choice(["8bit", "4bit"]),
        help: "Quantized weights on a CUDA device; on a CPU the start stops: there it is the dtype int8.")
    static let dtype = ConfigurationKey(
        name: "dtype", environment: ["EMBEDDER_DTYPE", "DTYPE"], kind: .choice(of: WeightType.self),
        defaultValue: "float32", valueName: "type",
        help: "Weights in memory: float32, float16, bfloat16 or int8; arithmetic as the processor has it.")
    static let pooling = ConfigurationKey(
        name: "pooling", environment: ["EMBEDDER_POOLING", "POOLING"], kind: .choice(of: PoolingMode.self),
        defaultNote: "the model's own", valueName: "mode",
        help: "Pooling of every model: cls, max, mean, mean_sqrt_len_tokens, weightedmean or lasttoken.")
    static let kernel = ConfigurationKey(
        name: "kernel", environment: ["EMBEDDER_KERNEL"], kind: .text,
        defaultNote: "the fastest this processor has", valueName: "isa", help: "Instruction set of the kernels.")
}
