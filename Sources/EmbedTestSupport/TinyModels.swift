// SPDX-License-Identifier: Apache-2.0

/// The tiny models of Tests/Fixtures/Models that are compared with what the reference computes for them.
///
/// The suites take their arguments from here, so that a new model is one line.
package enum TinyModels {
    private enum Kind {
        /// Its description has something that no other model has; what may depend on how a device divides the work is
        /// tested with these.
        case distinct
        /// Only names, numbers or files are its own.
        case alike
        /// Its texts get a prompt, which the fixture's token ids don't have.
        case prompted
        /// There is a table of embeddings, and no transformer.
        case lookup
    }

    private static let all: [(name: String, kind: Kind)] = [
        ("new-format", .distinct),
        ("old-format", .alike),
        ("pooling", .distinct),
        ("dense", .distinct),
        ("dense-residual", .distinct),
        ("layer-norm", .distinct),
        ("float16", .alike),
        ("bfloat16", .alike),
        ("sharded", .alike),
        ("masked-lm", .alike),
        ("odd-sizes", .distinct),
        ("gelu-new", .alike),
        ("relu", .alike),
        ("silu", .alike),
        ("prompts", .prompted),
        ("prompts-pooling", .prompted),
        ("distilbert", .alike),
        ("distilbert-masked-lm", .alike),
        ("clip-multilingual", .alike),
        ("roberta", .distinct),
        ("xlm-roberta", .alike),
        ("camembert", .alike),
        ("electra", .distinct),
        ("electra-wide", .distinct),
        ("albert", .alike),
        ("albert-groups", .distinct),
        ("mpnet", .distinct),
        ("mpnet-masked-lm", .alike),
        ("modernbert", .distinct),
        ("modernbert-masked-lm", .alike),
        ("eurobert", .alike),
        ("qwen2", .distinct),
        ("qwen2-bidirectional", .alike),
        ("qwen3", .distinct),
        ("qwen3-bidirectional", .alike),
        ("qwen3-projected", .distinct),
        ("mistral", .alike),
        ("llama", .alike),
        ("llama-bidirectional", .alike),
        ("gemma2", .distinct),
        ("gemma3", .alike),
        ("embeddinggemma", .alike),
        ("nomic-bert", .alike),
        ("nomic-bert-stretched", .distinct),
        ("nomic-bert-transformers", .alike),
        ("nomic-bert-moe", .distinct),
        ("jina-bert", .alike),
        ("jina-bert-code", .distinct),
        ("gte", .alike),
        ("gte-new", .distinct),
        ("gte-transformers", .alike),
        ("jina-embeddings-v3", .distinct),
        ("jina-embeddings-v3-masked-lm", .alike),
        ("jina-embeddings-v3-transformers", .alike),
        ("static-embedding", .lookup),
        ("static-embedding-cut", .lookup),
        ("model2vec", .lookup),
        ("model2vec-quantized", .lookup),
    ]

    /// All of them, for what happens between a text and its vector.
    package static let names = all.map(\.name)
    /// Those whose token ids have hidden states.
    package static let transformers = all.filter { $0.kind == .distinct || $0.kind == .alike }.map(\.name)
    /// One for each way to embed, to attend, to use blocks and to make a vector of hidden states.
    package static let distinct = all.filter { $0.kind == .distinct }.map(\.name)
    /// Those whose vectors have the prompt of the model's own files.
    package static let prompted = Set(all.filter { $0.kind == .prompted }.map(\.name))
}
