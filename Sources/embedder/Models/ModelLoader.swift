// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedHub
import EmbedModelFiles
import EmbedServing
import Logging

/// Makes the registry's sources: says how the models found on this machine are loaded.
struct ModelLoader: Sendable {
    let device: CPUDevice
    let options: ModelOptions
    let hub: HubModels
    /// Of the largest batch of several texts.
    let batchTokens: Int
    let logger: Logger

    /// A model that the server knows from the start.
    func source(_ model: ServedModels.Model) -> ModelRegistry.Source {
        source(
            id: model.id, aliases: model.aliases, directory: model.directory, loadsAtStart: model.loadsAtStart)
    }

    /// What the registry asks for names that no source has.
    func catalog(_ catalog: ModelCatalog) -> ModelRegistry.Catalog {
        { name in
            switch catalog.find(name) {
            case .model(let located):
                .found(
                    source(
                        id: located.id, aliases: located.aliases, directory: located.directory, loadsAtStart: false))
            case .absent(let id): .found(source(downloading: id))
            case .unknown: .unknown
            case .unlisted: .unlisted
            }
        }
    }

    /// A model that its first request downloads.
    private func source(downloading id: RepositoryID) -> ModelRegistry.Source {
        let located = LocatedModel.names(of: id)
        return ModelRegistry.Source(
            id: located.id, aliases: located.aliases, loadsAtStart: false,
            prepare: { [hub, logger] in
                _ = try await hub.obtain(id.text, watch: DownloadLog.observer(logger))
            },
            measure: { [self] in try memory(of: ModelDirectory(path: hub.store.directory(of: id))) }
        ) { [self] in
            try load(located.id, from: ModelDirectory(path: hub.store.directory(of: id)))
        }
    }

    private func source(
        id: String, aliases: [String], directory: ModelDirectory, loadsAtStart: Bool
    ) -> ModelRegistry.Source {
        ModelRegistry.Source(
            id: id, aliases: aliases, loadsAtStart: loadsAtStart, measure: { [self] in try memory(of: directory) }
        ) { [self] in
            try load(id, from: directory)
        }
    }

    private func memory(of directory: ModelDirectory) throws -> ModelMemory {
        try ModelMemory(of: directory, options: options, batchTokens: batchTokens, threads: device.threads)
    }

    private func load(_ id: String, from directory: ModelDirectory) throws -> EmbeddingModel {
        let model = try EmbeddingModel.load(from: directory, on: device, options: options)
        ProgramMemory.giveBackStartUp()
        if let wanted = options.maxInputTokens, wanted > model.description.maxInputTokens {
            logger.warning(
                "the model has fewer positions than max-input-tokens asks for; all of them are used",
                metadata: [
                    "model": "\(id)", "wanted": "\(wanted)", "max_tokens": "\(model.description.maxInputTokens)",
                ])
        }
        return model
    }
}
