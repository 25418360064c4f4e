// SPDX-License-Identifier: Apache-2.0

import EmbedEngine

/// The members by which APIs say what a text is for. A dialect reads those that its API has.
extension RequestFields {
    /// `prompt_name` of text-embeddings-inference: a name among the model's prompts.
    mutating func promptName() -> PromptChoice {
        optionalString("prompt_name").map { .named($0) } ?? .automatic
    }

    /// `input_type` of Cohere, Voyage and NVIDIA.
    mutating func inputType() -> InputRole? {
        optionalChoice("input_type", of: InputRole.inputTypes, expected: InputRole.inputTypesExpected)
    }

    /// `task` of Jina.
    mutating func task() -> InputRole? {
        optionalChoice("task", expected: InputRole.tasksExpected) { InputRole(jinaTask: $0) }
    }
}

extension InputRole {
    fileprivate static let inputTypes: KeyValuePairs<String, InputRole> = [
        "query": .query, "document": .document, "passage": InputRole(name: "passage", side: .document),
        "search_query": InputRole(name: "search_query", side: .query),
        "search_document": InputRole(name: "search_document", side: .document),
        "classification": InputRole(name: "classification"), "clustering": InputRole(name: "clustering"),
    ]
    fileprivate static let inputTypesExpected =
        "'query', 'document', 'passage', 'search_query', 'search_document', 'classification' or 'clustering'"

    private static let tasksWithoutSide: Set = ["text-matching", "classification", "separation", "clustering"]
    fileprivate static let tasksExpected =
        "'retrieval.query', 'retrieval.passage', another name that ends in '.query' or '.passage', 'text-matching', "
        + "'classification', 'separation' or 'clustering'"

    /// The role that Jina calls `task`; models for code have pairs of their own, such as "nl2code.query".
    fileprivate init?(jinaTask task: String) {
        if task.hasSuffix(".query") {
            self.init(name: task, side: .query)
        } else if task.hasSuffix(".passage") {
            self.init(name: task, side: .document)
        } else if Self.tasksWithoutSide.contains(task) {
            self.init(name: task)
        } else {
            return nil
        }
    }
}
