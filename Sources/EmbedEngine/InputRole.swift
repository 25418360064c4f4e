// SPDX-License-Identifier: Apache-2.0

/// What a request's inputs are in a search, or what else they are for.
///
/// Roles reach the model's prompt of that name, if it has one; a model without it takes the bare texts.
package struct InputRole: Sendable, Equatable {
    /// The two sides of a search.
    package enum Side: String, Sendable, CaseIterable {
        /// What is searched with.
        case query
        /// What is searched in.
        case document
    }

    /// As the client calls it, such as "query", "retrieval.passage" or "clustering".
    package var name: String
    /// `nil` when the role belongs to neither side.
    package var side: Side?

    package init(name: String, side: Side? = nil) {
        self.name = name
        self.side = side
    }

    package static let query = InputRole(name: Side.query.rawValue, side: .query)
    package static let document = InputRole(name: Side.document.rawValue, side: .document)

    /// What the role may be called among a model's routes; sentence-transformers calls the sides "query" and "document".
    var routeNames: [String] { [name] + (side.map { [$0.rawValue] } ?? []) }

    /// What the role may be called among the tasks that a model has adapters for: itself, or the retrieval task of its
    /// side, as Jina names it.
    var taskNames: [String] {
        switch side {
        case .query: [name, "retrieval.query"]
        case .document: [name, "retrieval.passage"]
        case nil: [name]
        }
    }

    /// The names of prompts for this role; the first that the model has is used.
    ///
    /// Those of the sides are the documented ones of `encode_query` and `encode_document` in sentence-transformers. It
    /// adds an empty "document" to every model, so that its 6.2 never comes to "passage" and "corpus"; here only the
    /// prompts of the model's file count.
    var promptNames: [String] {
        switch side {
        case .query: [name, "query"]
        case .document: [name, "document", "passage", "corpus"]
        case nil: [name]
        }
    }
}
