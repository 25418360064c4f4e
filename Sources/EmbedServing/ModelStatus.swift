// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

/// What the outside may know of a model the server holds.
package struct ModelStatus: Sendable, Equatable {
    package enum Phase: Sendable, Equatable {
        case loading
        /// The first vector has been computed.
        case ready
    }

    /// The canonical id, such as "sentence-transformers/all-MiniLM-L6-v2".
    package var id: String
    /// Other names that requests may use, such as "all-MiniLM-L6-v2".
    package var aliases: [String]
    package var phase: Phase
    /// When the model was loaded, in seconds since 1970; when loading began, while it loads.
    package var created: Int
    /// What the model is; `nil` while it loads.
    package var description: ModelDescription?

    package init(
        id: String, aliases: [String], phase: Phase, created: Int, description: ModelDescription? = nil
    ) {
        self.id = id
        self.aliases = aliases
        self.phase = phase
        self.created = created
        self.description = description
    }
}
