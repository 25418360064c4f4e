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
        case dense(inputs: Int, outputs: Int, hasBias: Bool, activation: String, folder: String)
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

    /// Set when there is a table of embeddings instead of a transformer.
    package var staticEmbedding: StaticEmbedding?
    /// The folder with the transformer's own files, such as `config.json`; empty for the model's directory itself.
    package var transformerFolder: String
    /// The steps after the transformer, in order.
    ///
    /// A model without `modules.json` gets mean pooling, as
    /// sentence-transformers does.
    package var modules: [Module]
    /// Most tokens of a text, special tokens included; `nil` when no file says so.
    package var maxSequenceLength: Int?
    /// By name, such as "query".
    package var prompts: [String: String]
    package var defaultPromptName: String?
    /// "cosine", "dot", "euclidean" or "manhattan".
    package var similarityFunction: String?
    /// Texts are lowercased before tokenizing (`do_lower_case` of the transformer module).
    package var lowercases: Bool

    private static let modulesFile = "modules.json"
    private static let promptsFile = "config_sentence_transformers.json"

    /// The old file of the transformer module and its spellings for single architectures.
    private static let transformerFiles = [
        "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json",
        "sentence_camembert_config.json", "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    ]

    /// Sizes beyond this are mistakes, and would overflow products of sizes.
    private static let maxDimension = 1 << 20
    private static let maxLength = 1 << 24

    /// Reads the files in `directory`.
    package init(in directory: ModelDirectory) throws(ModelFileError) {
        modules = []
        prompts = [:]
        lowercases = false
        transformerFolder = ""
        let mean = Module.pooling(modes: [.mean], dimension: nil, includesPrompt: true)
        if let document = try directory.json(Self.modulesFile) {
            try readModules(document.root, in: directory)
        } else {
            modules = [mean]
        }
        try readModel2Vec(in: directory)
        if staticEmbedding != nil {
            if case .pooling? = modules.first {} else { modules.insert(mean, at: 0) }
            try readLookup(in: directory)
        } else {
            try readTransformer(in: directory)
        }
        try readPrompts(in: directory)
    }

    // MARK: modules.json

    private mutating func readModules(_ root: JSONValue, in directory: ModelDirectory) throws(ModelFileError) {
        guard let entries = root.elements, entries.count > 0, entries.count <= 16 else {
            throw .invalidKey(
                file: Self.modulesFile, key: "the whole file", found: root.kind.name,
                expected: "a list of 1 to 16 modules")
        }
        for (position, entry) in entries.enumerated() {
            let entry = ConfigObject(file: Self.modulesFile, value: entry)
            let type = try entry.string("type")
            let path = try entry.string("path", default: "")
            let folder = path == "." ? "" : path
            guard folder.isEmpty || ModelDirectory.isInside(folder) else {
                throw entry.invalid("path", found: folder, expected: "a folder inside the model's directory")
            }
            // Old: sentence_transformers.models.Pooling; new: sentence_transformers.….modules.pooling.Pooling.
            let name = type.split(separator: ".").last.map(String.init) ?? type
            guard (position == 0) == (name == "Transformer" || name == "StaticEmbedding") else {
                throw entry.invalid(
                    "type", found: type, expected: "StaticEmbedding or Transformer first, and only first")
            }
            switch name {
            case "Transformer": transformerFolder = folder
            case "StaticEmbedding":
                transformerFolder = folder
                staticEmbedding = .sentenceTransformers
            case "Pooling": modules.append(try Self.pooling(in: directory, folder: folder))
            case "Dense": modules.append(try Self.dense(in: directory, folder: folder))
            case "LayerNorm": modules.append(try Self.layerNorm(in: directory, folder: folder))
            case "Normalize": modules.append(.normalize)
            case "Dropout": break  // The identity outside training.
            default:
                throw entry.invalid(
                    "type", found: type,
                    expected: "Transformer, StaticEmbedding, Pooling, Dense, LayerNorm, Normalize or Dropout")
            }
        }
        // Static embeddings are pooled where they are looked up.
        if staticEmbedding != nil { return }
        guard case .pooling? = modules.first else {
            throw .invalidKey(
                file: Self.modulesFile, key: "the second module", found: "not Pooling",
                expected: "Pooling after Transformer")
        }
    }

    private static func moduleConfig(
        in directory: ModelDirectory, folder: String
    ) throws(ModelFileError) -> ConfigObject {
        try directory.requiredObject(
            folder.isEmpty ? "config.json" : "\(folder)/config.json", hint: "modules.json names its folder")
    }

    private static func pooling(in directory: ModelDirectory, folder: String) throws(ModelFileError) -> Module {
        let config = try moduleConfig(in: directory, folder: folder)
        let dimensionKey = config.contains("embedding_dimension") ? "embedding_dimension" : "word_embedding_dimension"
        return .pooling(
            modes: try poolingModes(config),
            dimension: try config.int(dimensionKey, in: 1...maxDimension),
            includesPrompt: try config.bool("include_prompt", default: true))
    }

    private static func poolingModes(_ config: ConfigObject) throws(ModelFileError) -> [PoolingMode] {
        let key = "pooling_mode"
        guard let value = config.value.nonNull(key) else {
            var modes: [PoolingMode] = []
            for mode in PoolingMode.allCases where try config.bool(mode.oldKey, default: false) { modes.append(mode) }
            return modes.isEmpty ? [.mean] : modes
        }
        let names = value.string.map { [$0] } ?? value.elements?.compactMap(\.string) ?? []
        let modes = names.compactMap(PoolingMode.init(rawValue:))
        guard !modes.isEmpty, modes.count == names.count, value.kind == .string || names.count == value.count else {
            let supported = PoolingMode.allCases.map(\.rawValue).joined(separator: ", ")
            throw config.invalid(
                key, found: String(value.rawText.prefix(80)), expected: "one or a list of: \(supported)")
        }
        return modes
    }

    private static func dense(in directory: ModelDirectory, folder: String) throws(ModelFileError) -> Module {
        let config = try moduleConfig(in: directory, folder: folder)
        for key in ["module_input_name", "module_output_name"] {
            let name = try config.string(key, default: "sentence_embedding")
            guard name == "sentence_embedding" else {
                throw config.invalid(key, found: name, expected: "sentence_embedding")
            }
        }
        guard try !config.bool("use_residual", default: false) else {
            throw config.invalid("use_residual", found: "true", expected: "false")
        }
        return .dense(
            inputs: try config.int("in_features", in: 1...maxDimension),
            outputs: try config.int("out_features", in: 1...maxDimension),
            hasBias: try config.bool("bias", default: true),
            activation: try config.string("activation_function", default: "torch.nn.modules.activation.Tanh"),
            folder: folder)
    }

    private static func layerNorm(in directory: ModelDirectory, folder: String) throws(ModelFileError) -> Module {
        let config = try moduleConfig(in: directory, folder: folder)
        return .layerNorm(dimension: try config.int("dimension", in: 1...maxDimension), folder: folder)
    }

    // MARK: Static embeddings

    /// Model2Vec says in config.json what it is, and whether its vectors are normalised.
    private mutating func readModel2Vec(in directory: ModelDirectory) throws(ModelFileError) {
        let prefix = transformerFolder.isEmpty ? "" : "\(transformerFolder)/"
        guard let config = try directory.object("\(prefix)config.json"),
            config.value["model_type"]?.string == "model2vec"
        else { return }
        staticEmbedding = .model2Vec
        if try config.bool("normalize", default: false), modules.last != .normalize { modules.append(.normalize) }
        // Null stands for no limit.
        guard config.value["max_length"]?.isNull != true else { return }
        maxSequenceLength = try config.int("max_length", in: 1...Self.maxLength, default: 512)
    }

    /// sentence-transformers cuts as the tokenizer's file says, which it reads for nothing else.
    private mutating func readLookup(in directory: ModelDirectory) throws(ModelFileError) {
        let file = transformerFolder.isEmpty ? "tokenizer.json" : "\(transformerFolder)/tokenizer.json"
        guard staticEmbedding == .sentenceTransformers, let document = try directory.json(file),
            let truncation = document.root.nonNull("truncation")
        else { return }
        let config = ConfigObject(file: file, value: truncation)
        guard try config.string("direction", default: "Right") == "Right" else {
            throw config.invalid("truncation.direction", found: try config.string("direction"), expected: "Right")
        }
        maxSequenceLength = try config.int("max_length", in: 1...Self.maxLength)
    }

    // MARK: Length, case and prompts

    private mutating func readTransformer(in directory: ModelDirectory) throws(ModelFileError) {
        let prefix = transformerFolder.isEmpty ? "" : "\(transformerFolder)/"
        for file in Self.transformerFiles {
            guard let config = try directory.object(prefix + file) else { continue }
            lowercases = try config.bool("do_lower_case", default: false)
            if config.contains("max_seq_length") {
                maxSequenceLength = try config.int("max_seq_length", in: 1...Self.maxLength)
            }
            break
        }
        guard maxSequenceLength == nil else { return }
        // From 5.4 on the length stands in the tokenizer's file; transformers writes 1e30 there for "none".
        if let config = try directory.object(prefix + "tokenizer_config.json"),
            let length = config.value.nonNull("model_max_length")?.double, length >= 1, length <= Double(Self.maxLength)
        {
            maxSequenceLength = Int(length)
        }
    }

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
    }
}
