// SPDX-License-Identifier: Apache-2.0

/// Which pipeline of a model reads a text, by what the text is.
///
/// Follows `Router` in sentence-transformers 6.2 for texts.
package struct Routing: Sendable, Equatable {
    /// The number of the pipeline for texts that nothing is said about; `nil` where something has to be said.
    package var standard: Int? = 0
    /// The numbers of the pipelines by name, such as "query".
    var routes: [String: Int] = [:]
    /// The numbers of the pipelines for tasks, before their names count.
    var tasks: [String: Int] = [:]
    /// The pipeline of every task that ``tasks`` does not have.
    var everyTask: Int?

    /// Every text goes through one pipeline.
    package init() {}

    /// What texts may be called, sorted; empty when there is one pipeline.
    package var names: [String] { Set(routes.keys).union(tasks.keys).sorted() }

    /// The number of the pipeline for a text called by one of `names`; the first that has one decides.
    ///
    /// - Returns: `nil` when none has.
    package func pipeline(for names: [String]) -> Int? {
        if routes.isEmpty { return standard }
        func first(of pipelines: [String: Int]) -> Int? { names.lazy.compactMap { pipelines[$0] }.first }
        let found = first(of: tasks) ?? everyTask ?? first(of: routes) ?? routes["text"]
        return found ?? (names.isEmpty ? standard : nil)
    }
}
