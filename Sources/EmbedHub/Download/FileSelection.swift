// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Which files of a repository an embedding model needs.
///
/// Weights as safetensors, or else as `pytorch_model.bin`; nothing for other runtimes (onnx, openvino, tensorflow,
/// flax), no code, no pictures.
enum FileSelection {
    static let modulesFile = "modules.json"
    /// A pipeline has a handful of modules.
    static let maxModulesByteCount = 1 << 20
    private static let maxModules = 64

    /// Files of the repository itself.
    private static let rootNames: Set = [
        modulesFile, "config_sentence_transformers.json", "router_config.json", "preprocessor_config.json",
        "processor_config.json",
    ]

    /// Files of every module's folder.
    private static let names: Set = [
        "config.json", "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json",
        "sentence_camembert_config.json", "sentence_albert_config.json", "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    ]

    /// What a tokenizer is made from where there is no `tokenizer.json`.
    private static let vocabularyNames: Set = [
        "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model",
    ]

    /// Names of which a folder with weights has at least one.
    static let weightNames = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]

    /// The files of `listing` that a model needs, in its order.
    ///
    /// `modules` is the content of `modules.json`, if the repository has one. Throws ``HubError/noWeights(id:)`` when
    /// there is nothing to serve.
    static func files(
        of listing: RepositoryListing, modules: [UInt8]?, id: RepositoryID
    ) throws(HubError) -> [RepositoryListing.File] {
        let folders = try modules.map { bytes throws(HubError) in try Self.folders(inModules: bytes, id: id) } ?? [""]
        var wanted: Set<String> = []
        var hasWeights = false
        let contents = Dictionary(grouping: listing.files.map(\.path), by: folder(of:))
        for folder in Set(folders + [""]) {
            let present = Set(
                (contents[folder] ?? []).map { path in
                    String(decoding: path.utf8.dropFirst(folder.utf8.count), as: UTF8.self)
                })
            var chosen = present.intersection(names)
            if folder.isEmpty { chosen.formUnion(present.intersection(rootNames)) }
            if !present.contains("tokenizer.json") { chosen.formUnion(present.intersection(vocabularyNames)) }
            if folders.contains(folder) {
                let weights = weights(among: present)
                hasWeights = hasWeights || !weights.isEmpty
                chosen.formUnion(weights)
            }
            wanted.formUnion(chosen.map { folder + $0 })
        }
        guard hasWeights else { throw .noWeights(id: id.text) }
        return listing.files.filter { wanted.contains($0.path) }
    }

    /// Whether a file of this name may be one that a model needs.
    static func mayNeed(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return names.contains(name) || rootNames.contains(name) || vocabularyNames.contains(name)
            || [("model", ".safetensors"), ("pytorch_model", ".bin")].contains { start, end in
                name.hasPrefix(start) && (name.hasSuffix(end) || name.hasSuffix("\(end).index.json"))
            }
    }

    /// The files of the best form of weights in one folder.
    private static func weights(among names: Set<String>) -> Set<String> {
        for (whole, start, end) in [
            ("model.safetensors", "model-", ".safetensors"), ("pytorch_model.bin", "pytorch_model-", ".bin"),
        ] {
            if names.contains(whole) { return [whole] }
            let index = "\(whole).index.json"
            if names.contains(index) {
                return names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.union([index])
            }
        }
        return []
    }

    /// The folders of the modules, each with a slash at its end; "" is the repository itself.
    private static func folders(inModules bytes: [UInt8], id: RepositoryID) throws(HubError) -> [String] {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: bytes)
        } catch {
            throw .badAnswer(url: "\(id)/\(modulesFile)", reason: "\(error)")
        }
        guard let modules = document.root.elements, modules.count <= maxModules else {
            throw .badAnswer(url: "\(id)/\(modulesFile)", reason: "it is no list of at most \(maxModules) modules")
        }
        var folders: [String] = []
        for module in modules {
            guard let path = module["path"]?.string else {
                throw .badAnswer(url: "\(id)/\(modulesFile)", reason: "a module has no path")
            }
            let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
            guard trimmed.isEmpty || RepositoryListing.isInside(trimmed) else {
                throw .unsafeName(id: id.text, name: path)
            }
            folders.append(trimmed.isEmpty ? "" : "\(trimmed)/")
        }
        return folders
    }

    private static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(decoding: path.utf8[...$0], as: UTF8.self) } ?? ""
    }
}
