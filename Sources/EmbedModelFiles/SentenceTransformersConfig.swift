// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// What sentence-transformers says about a model: its pipeline of modules, length and prompts.
///
/// The spellings up to 5.3 and from 5.4 on are both read, and become one here and only here.
/// Follows `SentenceTransformer` and its modules in sentence-transformers 6.2.
package struct SentenceTransformersConfig: Sendable {
    /// One step of the pipeline after the transformer.
    package enum Module: Sendable, Equatable {
        /// `dimension` is the size of a hidden state, where a file says so.
        case pooling(modes: [PoolingMode], dimension: Int?, includesPrompt: Bool)
        /// `folder` holds the module's weights.
        case dense(
            inputs: Int, outputs: Int, hasBias: Bool, activation: String, hasResidual: Bool = false, folder: String)
        case layerNorm(dimension: Int, folder: String)
        case normalize
    }

    /// Whose static embeddings a model is of; the two treat texts differently.
    package enum StaticEmbedding: Sendable {
        /// sentence-transformers' own.
        case sentenceTransformers
        /// Model2Vec's: unknown tokens count for nothing.
        case model2Vec
    }

    /// A transformer and what follows it.
    package struct Pipeline: Sendable, Equatable {
        /// Set when there is a table of embeddings instead of a transformer.
        package var staticEmbedding: StaticEmbedding?
        /// The first module gives vectors instead of hidden states: a model of texts and images, which pools itself.
        package var givesVectors = false
        /// The folder with the transformer's own files, such as `config.json`; empty for the model's directory itself.
        package var transformerFolder = ""
        /// The steps after the transformer, in order.
        ///
        /// A model without `modules.json` gets mean pooling, as sentence-transformers does.
        package var modules: [Module] = []
        /// Most tokens of a text, special tokens included; `nil` when no file says so.
        package var maxSequenceLength: Int?
        /// Texts are lowercased before tokenizing (`do_lower_case` of the transformer module).
        package var lowercases = false

        /// Whether this and `other` begin with the same module, read from the same files.
        package func sharesTransformer(with other: Pipeline) -> Bool {
            transformerFolder == other.transformerFolder && staticEmbedding == other.staticEmbedding
        }
    }

    /// At least one; several where a Router chooses by what a text is.
    package var pipelines: [Pipeline]
    /// How one of ``pipelines`` is chosen.
    package var routing: Routing
    /// By name, such as "query".
    package var prompts: [String: String]
    package var defaultPromptName: String?
    /// "cosine", "dot", "euclidean" or "manhattan".
    package var similarityFunction: String?
    /// Vectors are cut to so many components unless a request says otherwise (`truncate_dim`).
    package var truncateDimension: Int?

    private static let modulesFile = "modules.json"
    private static let promptsFile = "config_sentence_transformers.json"

    /// Sizes beyond this are mistakes, and would overflow products of sizes.
    static let maxDimension = 1 << 20

    /// Reads the files in `directory`.
    package init(in directory: ModelDirectory) throws(ModelFileError) {
        prompts = [:]
        pipelines = [Pipeline(modules: [.pooling(modes: [.mean], dimension: nil, includesPrompt: true)])]
        routing = Routing()
        if let document = try directory.json(Self.modulesFile) {
            try readModules(document.root, in: directory)
        }
        for index in pipelines.indices { try pipelines[index].readFirstModule(in: directory) }
        try readPrompts(in: directory)
    }

    /// The pipeline of texts that nothing is said about; the first where there has to be said something.
    package var standardPipeline: Pipeline { pipelines[routing.standard ?? 0] }

    // MARK: modules.json

    private mutating func readModules(_ root: JSONValue, in directory: ModelDirectory) throws(ModelFileError) {
        guard let entries = root.elements, entries.count > 0, entries.count <= 16 else {
            throw .invalidKey(
                file: Self.modulesFile, key: "the whole file", found: root.kind.name,
                expected: "a list of 1 to 16 modules")
        }
        var before: [ModuleEntry] = []
        var router: RouterConfig?
        var after: [ModuleEntry] = []
        for entry in entries {
            let object = ConfigObject(file: Self.modulesFile, value: entry)
            let path = try object.string("path", default: "")
            let entry = ModuleEntry(
                type: try object.string("type"), folder: path == "." ? "" : path, origin: object)
            try entry.check(in: directory)
            if entry.isRouter {
                guard router == nil else {
                    throw object.invalid("type", found: entry.type, expected: "at most one Router")
                }
                router = try RouterConfig(in: directory, folder: entry.folder)
            } else if router == nil {
                before.append(entry)
            } else {
                after.append(entry)
            }
        }
        guard let router else {
            pipelines = [try Pipeline(before, in: directory)]
            return
        }
        pipelines = []
        for route in router.routes { pipelines.append(try Pipeline(before + route.modules + after, in: directory)) }
        routing = router.routing
    }

    // MARK: Prompts

    private mutating func readPrompts(in directory: ModelDirectory) throws(ModelFileError) {
        guard let config = try directory.object(Self.promptsFile) else { return }
        if let entries = config.value.nonNull("prompts") {
            guard let members = entries.members else {
                throw config.invalid("prompts", found: entries.kind.name, expected: "an object of names to texts")
            }
            for (name, value) in members {
                guard let text = value.string else {
                    throw config.invalid("prompts[\"\(name)\"]", found: value.kind.name, expected: "a string")
                }
                prompts[name] = text
            }
        }
        if config.contains("default_prompt_name") {
            let name = try config.string("default_prompt_name")
            guard prompts[name] != nil else {
                throw config.invalid("default_prompt_name", found: name, expected: "a name in prompts")
            }
            defaultPromptName = name
        }
        if config.contains("similarity_fn_name") { similarityFunction = try config.string("similarity_fn_name") }
        if config.contains("truncate_dim") {
            truncateDimension = try config.int("truncate_dim", in: 1...Self.maxDimension)
        }
    }
}
