// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedModelFiles

/// A model found on this machine.
struct LocatedModel: Sendable {
    /// The canonical id: the Hub's, or the directory's name.
    let id: String
    /// Other names that requests may use.
    let aliases: [String]
    let directory: ModelDirectory

    /// Finds the model that a person named `text`.
    init(_ text: String, store: ModelStore) throws {
        switch try ModelReference(text, isDirectory: ModelStore.isDirectory) {
        case .directory(let path):
            guard ModelStore.isDirectory(path) else { throw ModelStoreError.noSuchDirectory(path) }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            self = LocatedModel(
                id: name == "." || name == ".." ? "model" : name, aliases: [], directory: try ModelDirectory(path: path)
            )
        case .repository(let repository, let revision):
            let found = try store.model(named: repository, revision: revision)
            self = LocatedModel(id: found.id, directory: try ModelDirectory(path: found.directory))
        }
    }

    /// The model `id` of the Hub, whose files are in `directory`.
    init(id: RepositoryID, directory: ModelDirectory) {
        let names = Self.names(of: id)
        self.init(id: names.id, aliases: names.aliases, directory: directory)
    }

    /// What requests may call the model `id` of the Hub.
    static func names(of id: RepositoryID) -> (id: String, aliases: [String]) {
        (id.text, id.shortName == id.text ? [] : [id.shortName])
    }

    private init(id: String, aliases: [String], directory: ModelDirectory) {
        self.id = id
        self.aliases = aliases
        self.directory = directory
    }
}
