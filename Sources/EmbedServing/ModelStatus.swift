// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

/// What the outside may know of a model the server has.
package struct ModelStatus: Sendable, Equatable {
    package enum Phase: Sendable, Equatable {
        /// Not in memory; the first request that names it loads it.
        case unloaded
        case loading
        /// The first vector has been computed.
        case ready
    }

    /// The canonical id, such as "sentence-transformers/all-MiniLM-L6-v2".
    package var id: String
    /// Other names that requests may use, such as "all-MiniLM-L6-v2".
    package var aliases: [String]
    package var phase: Phase
    /// When the model was loaded, in seconds since 1970; before that, when the server learned of it.
    package var created: Int
    /// Grows with every use: the model with the highest was used last.
    package var lastUse: Int
    /// What the model is; `nil` while it is not loaded.
    package var description: ModelDescription?
    /// It embeds images; known from the first time it was loaded on.
    package var supportsImages: Bool

    package init(
        id: String, aliases: [String], phase: Phase, created: Int, lastUse: Int = 0,
        description: ModelDescription? = nil, supportsImages: Bool = false
    ) {
        self.id = id
        self.aliases = aliases
        self.phase = phase
        self.created = created
        self.lastUse = lastUse
        self.description = description
        self.supportsImages = supportsImages
    }
}
