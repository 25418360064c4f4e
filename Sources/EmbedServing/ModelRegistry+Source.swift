// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

extension ModelRegistry {
    /// Where a model comes from and what it is called.
    package struct Source: Sendable {
        /// The canonical id.
        package var id: String
        /// Other names that requests may use.
        package var aliases: [String]
        /// Whether the server is ready only once this model is; others are loaded by the first request for them.
        package var loadsAtStart: Bool
        /// Brings what ``load`` reads to this machine; other models load meanwhile, and none leaves memory yet.
        package var prepare: @Sendable () async throws -> Void
        /// Says from the files how much memory the model will take; may block.
        package var measure: @Sendable () throws -> ModelMemory
        /// Loads the model; may block.
        package var load: @Sendable () throws -> EmbeddingModel

        package init(
            id: String, aliases: [String], loadsAtStart: Bool = true,
            prepare: @escaping @Sendable () async throws -> Void = {},
            measure: @escaping @Sendable () throws -> ModelMemory = { ModelMemory() },
            load: @escaping @Sendable () throws -> EmbeddingModel
        ) {
            self.id = id
            self.aliases = aliases
            self.loadsAtStart = loadsAtStart
            self.prepare = prepare
            self.measure = measure
            self.load = load
        }

        func isCalled(_ name: String) -> Bool { id == name || aliases.contains(name) }
    }

    /// Finds a model by a name that no source has.
    ///
    /// Called on the way of a request: it may look into directories, but must not load.
    package typealias Catalog = @Sendable (_ name: String) -> CatalogEntry

    package enum CatalogEntry: Sendable {
        case found(Source)
        case unknown
        /// There is a list of models that may be served, and this is not one of them.
        case unlisted
    }
}
