// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import EmbedModelFiles

/// The models that the server knows from the start, and those that single contracts take unless a request says more.
struct ServedModels {
    struct Model: Sendable {
        let id: String
        var aliases: [String]
        let directory: ModelDirectory
        var loadsAtStart: Bool
    }

    /// The first answers requests that name none.
    private(set) var models: [Model] = []
    /// The ids of the contracts' models; `nil` is the first model.
    private(set) var vectorEmbedder: String?
    private(set) var simpleModelService: String?
    private(set) var embeddingsGenerator: String?

    /// The models called `names`, then the contracts' own, then those of `allowlist` that are on this machine.
    ///
    /// As many as may be in memory are loaded at the start; those of the list never are.
    /// - Throws: an error that says which setting names no model.
    init(names: Setting, allowlist: Allowlist?, _ reader: SettingsReader) throws {
        let served = try reader.setting(.servedModelName)
        if let served, names.values.count > 1 {
            throw ValidationError("\(served.origin) is for one model; \(names.values.count) are given.")
        }
        for (index, name) in names.values.enumerated() {
            try add(reader.locate(name, origin: names.origin), servedName: index == 0 ? served?.text : nil)
        }
        vectorEmbedder = try addModel(of: .vectorEmbedderModel, reader)
        simpleModelService = try addModel(of: .simpleModelServiceModel, reader)
        embeddingsGenerator = try addModel(of: .embeddingsGeneratorModel, reader)
        let loaded = try reader.integerIfSet(.maxLoadedModels) ?? models.count
        for index in models.indices { models[index].loadsAtStart = index < loaded }
        addListed(allowlist, catalog: ModelCatalog(store: try reader.modelStore(), allowlist: allowlist))
    }

    /// Whether one of the models has this name.
    func isCalled(_ name: String) -> Bool { models.contains { $0.id == name || $0.aliases.contains(name) } }

    /// Adds the model that `key` names, if it is set; gives its id.
    private mutating func addModel(of key: ConfigurationKey, _ reader: SettingsReader) throws -> String? {
        guard let setting = try reader.setting(key) else { return nil }
        return try add(reader.locate(setting.text, origin: setting.origin))
    }

    /// Adds a model unless the same directory is served already; gives its id.
    @discardableResult
    private mutating func add(_ located: LocatedModel, servedName: String? = nil) throws -> String {
        let id = servedName ?? located.id
        let names = (servedName == nil ? [] : [located.id]) + located.aliases
        if let index = models.firstIndex(where: { $0.directory == located.directory }) {
            let known = [models[index].id] + models[index].aliases
            models[index].aliases += ([id] + names).filter { !known.contains($0) }
            return models[index].id
        }
        if let other = models.first(where: { $0.id == id }) {
            throw ValidationError(
                "two models are called \(id): \(other.directory.path) and \(located.directory.path).")
        }
        models.append(Model(id: id, aliases: names, directory: located.directory, loadsAtStart: true))
        return id
    }

    /// Adds what the list names and this machine has, to be loaded when it is asked for.
    private mutating func addListed(_ allowlist: Allowlist?, catalog: ModelCatalog) {
        for id in allowlist?.ids ?? [] {
            // A list may be for several machines: what isn't here is no mistake.
            guard case .model(let located) = catalog.find(id.text),
                !models.contains(where: { $0.id == located.id || $0.directory == located.directory })
            else { continue }
            models.append(
                Model(id: located.id, aliases: located.aliases, directory: located.directory, loadsAtStart: false))
        }
    }
}
