// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedModelFiles

/// The models of this machine, and behind them those of the Hub.
struct HubModels: Sendable {
    let store: ModelStore
    let settings: HubSettings

    /// The model that a person called `name`; downloaded if it is not on this machine.
    ///
    /// With its files here nothing is sent, whatever the settings. `watch` gives who watches the download of the model
    /// called so.
    func obtain(_ name: String, watch: (_ name: String) -> DownloadObserver) async throws -> LocatedModel {
        let absence: ModelStoreError
        do {
            return try LocatedModel(name, store: store)
        } catch let error as ModelStoreError {
            absence = error
        }
        guard case .notFound = absence,
            case .repository(let id, let revision) = try ModelReference(name, isDirectory: ModelStore.isDirectory)
        else { throw absence }
        guard !settings.isOffline else {
            throw HubError.offline(id: id.text, revision: revision, detail: "\(absence)")
        }
        let result = try await download(id, revision: revision, observer: watch(name))
        return LocatedModel(id: result.id, directory: try ModelDirectory(path: result.directory))
    }

    /// Downloads what of the model is not here, and asks what the revision stands for now.
    func download(
        _ id: RepositoryID, revision: String?, hashes: [String: String] = [:], observer: @escaping DownloadObserver
    ) async throws -> ModelDownload.Result {
        try await ModelDownload(settings, cache: store.hubCache, observer: observer)
            .run(id.downloadCandidates, revision: revision, hashes: hashes)
    }
}
