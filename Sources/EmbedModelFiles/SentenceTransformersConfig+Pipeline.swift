// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// A line of `modules.json`, or a module of a Router.
struct ModuleEntry {
    /// A Python path, such as `sentence_transformers.models.Pooling` up to 5.3 and from 5.4 on
    /// `sentence_transformers.sentence_transformer.modules.pooling.Pooling`.
    let type: String
    /// Inside the model's directory; empty for the directory itself.
    let folder: String
    /// The object that says so.
    let origin: ConfigObject

    /// The last component of ``type``.
    var name: String { type.split(separator: ".").last.map(String.init) ?? type }

    /// `Asym` is the Router's name up to sentence-transformers 4.
    var isRouter: Bool { name == "Router" || name == "Asym" }

    /// Modules that models bring as code of their own and that are known to compute what sentence-transformers' of the same
    /// name does around the class that `auto_map` in config.json names.
    private static let ownModules = ["custom_st.Transformer": "modeling_lora.XLMRobertaLoRA"]

    /// Refuses folders outside `directory`, and code that computes nobody knows what.
    func check(in directory: ModelDirectory) throws(ModelFileError) {
        guard folder.isEmpty || ModelDirectory.isInside(folder) else {
            throw origin.invalid("path", found: folder, expected: "a folder inside the model's directory")
        }
        if type.hasPrefix("sentence_transformers.") { return }
        let config = try directory.object(folder.isEmpty ? "config.json" : "\(folder)/config.json")
        guard let remoteClass = Self.ownModules[type], try config?.remoteClass() == remoteClass else {
            throw origin.invalid(
                "type", found: type,
                expected: "a module of sentence_transformers: code of the model's own is not run")
        }
    }
}

extension SentenceTransformersConfig.Pipeline {
    private typealias Module = SentenceTransformersConfig.Module

    /// The file of the transformer module.
    private static let transformerFile = "sentence_bert_config.json"
    /// With its old spellings for single architectures.
    private static let transformerFiles = [
        transformerFile, "sentence_roberta_config.json", "sentence_distilbert_config.json",
        "sentence_camembert_config.json", "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    ]
    private static let maxLength = 1 << 24

    /// The pipeline of `entries`, whose files are in `directory`.
    init(_ entries: [ModuleEntry], in directory: ModelDirectory) throws(ModelFileError) {
        self.init()
        for (position, entry) in entries.enumerated() {
            let (name, folder) = (entry.name, entry.folder)
            guard (position == 0) == Self.firstModules.contains(name) else {
                throw entry.origin.invalid(
                    "type", found: entry.type,
                    expected: "CLIPModel, StaticEmbedding or Transformer first, and only first")
            }
            switch name {
            case "Transformer":
                transformerFolder = folder
                givesVectors = try Self.givesVectors(in: directory, folder: folder)
            case "CLIPModel":
                transformerFolder = folder
                givesVectors = true
            case "StaticEmbedding":
                transformerFolder = folder
                staticEmbedding = .sentenceTransformers
            case "Pooling":
                // A second one would pool the same hidden states again and drop what comes before it.
                guard modules.isEmpty else {
                    throw entry.origin.invalid(
                        "type", found: entry.type, expected: "Pooling once, right after Transformer")
                }
                modules.append(try Self.pooling(in: directory, folder: folder))
            case "Dense": modules.append(try Self.dense(in: directory, folder: folder))
            case "LayerNorm": modules.append(try Self.layerNorm(in: directory, folder: folder))
            case "Normalize": modules.append(.normalize)
            case "Dropout": break  // The identity outside training.
            default:
                throw entry.origin.invalid(
                    "type", found: entry.type,
                    expected: """
                        Transformer, CLIPModel, StaticEmbedding, Pooling, Dense, LayerNorm, Normalize, Dropout or Router
                        """)
            }
        }
        // Static embeddings are pooled where they are looked up.
        if staticEmbedding != nil { return }
        if givesVectors {
            guard case .pooling? = modules.first else { return }
            throw .invalidKey(
                file: "modules.json", key: "the second module", found: "Pooling",
                expected: "none: the first module gives vectors")
        }
        guard case .pooling? = modules.first else {
            throw .invalidKey(
                file: "modules.json", key: "the second module", found: "not Pooling",
                expected: "Pooling after Transformer")
        }
    }

    /// What a pipeline begins with; CLIPModel only up to sentence-transformers 5.3.
    private static let firstModules: Set<String> = ["CLIPModel", "StaticEmbedding", "Transformer"]

    /// Whether the transformer's module is said to give vectors, as from sentence-transformers 5.4 on where texts and images
    /// each have a method of their own.
    private static func givesVectors(in directory: ModelDirectory, folder: String) throws(ModelFileError) -> Bool {
        let file = folder.isEmpty ? transformerFile : "\(folder)/\(transformerFile)"
        guard let config = try directory.object(file) else { return false }
        let output = try config.string("module_output_name", default: "token_embeddings")
        guard output != "token_embeddings" else { return false }
        guard output == "sentence_embedding" else {
            throw config.invalid(
                "module_output_name", found: output, expected: "token_embeddings or sentence_embedding")
        }
        let modalities = try config.object("modality_config")
        for (modality, method) in [("text", "get_text_features"), ("image", "get_image_features")] {
            guard let described = try modalities?.object(modality) else { continue }
            let found = try described.string("method")
            guard found == method else { throw described.invalid("method", found: found, expected: method) }
        }
        return true
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
            dimension: try config.int(dimensionKey, in: 1...SentenceTransformersConfig.maxDimension),
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
        guard 1...PoolingMode.allCases.count ~= modes.count, modes.count == names.count,
            value.kind == .string || names.count == value.count
        else {
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
        return .dense(
            inputs: try config.int("in_features", in: 1...SentenceTransformersConfig.maxDimension),
            outputs: try config.int("out_features", in: 1...SentenceTransformersConfig.maxDimension),
            hasBias: try config.bool("bias", default: true),
            activation: try config.string("activation_function", default: "torch.nn.modules.activation.Tanh"),
            hasResidual: try config.bool("use_residual", default: false),
            folder: folder)
    }

    private static func layerNorm(in directory: ModelDirectory, folder: String) throws(ModelFileError) -> Module {
        let config = try moduleConfig(in: directory, folder: folder)
        return .layerNorm(
            dimension: try config.int("dimension", in: 1...SentenceTransformersConfig.maxDimension), folder: folder)
    }

    // MARK: Length and case

    /// Reads what the files of the first module say.
    mutating func readFirstModule(in directory: ModelDirectory) throws(ModelFileError) {
        try readModel2Vec(in: directory)
        if staticEmbedding == nil { return try readTransformer(in: directory) }
        if case .pooling? = modules.first {
        } else {
            modules.insert(.pooling(modes: [.mean], dimension: nil, includesPrompt: true), at: 0)
        }
        try readLookup(in: directory)
    }

    /// Model2Vec says in config.json what it is, and whether its vectors are normalised.
    private mutating func readModel2Vec(in directory: ModelDirectory) throws(ModelFileError) {
        guard let config = try directory.object("\(filePrefix)config.json"),
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
        let file = "\(filePrefix)tokenizer.json"
        guard staticEmbedding == .sentenceTransformers, let document = try directory.json(file),
            let truncation = document.root.nonNull("truncation")
        else { return }
        let config = ConfigObject(file: file, value: truncation)
        guard try config.string("direction", default: "Right") == "Right" else {
            throw config.invalid("truncation.direction", found: try config.string("direction"), expected: "Right")
        }
        maxSequenceLength = try config.int("max_length", in: 1...Self.maxLength)
    }

    /// What stands before the names of the first module's files.
    private var filePrefix: String { transformerFolder.isEmpty ? "" : "\(transformerFolder)/" }

    private mutating func readTransformer(in directory: ModelDirectory) throws(ModelFileError) {
        for file in Self.transformerFiles {
            guard let config = try directory.object(filePrefix + file) else { continue }
            lowercases = try config.bool("do_lower_case", default: false)
            if config.contains("max_seq_length") {
                maxSequenceLength = try config.int("max_seq_length", in: 1...Self.maxLength)
            }
            break
        }
        guard maxSequenceLength == nil else { return }
        // From 5.4 on the length stands in the tokenizer's file; transformers writes 1e30 there for "none".
        if let config = try directory.object(filePrefix + "tokenizer_config.json"),
            let length = config.value.nonNull("model_max_length")?.double, length >= 1, length <= Double(Self.maxLength)
        {
            maxSequenceLength = Int(length)
        }
    }
}
