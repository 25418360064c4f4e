// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// What stands before texts, and what pooling leaves out, against `encode`, `encode_query` and `encode_document`.
@Suite struct PromptTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var prompt = PromptChoice.automatic
        var role: InputRole?
        let tensor: String

        var testDescription: String { tensor }
    }

    /// All poolings side by side without the prompt's tokens; the last prompt is longer than the model.
    @Test(arguments: [
        Case(tensor: "vectors"),
        Case(prompt: .bare, tensor: "vectors.none"),
        Case(prompt: .text([]), tensor: "vectors.none"),
        Case(prompt: .named("query"), tensor: "vectors.query"),
        Case(prompt: .named("document"), tensor: "vectors.document"),
        Case(prompt: .named("clustering"), tensor: "vectors.clustering"),
        Case(prompt: .named("long"), tensor: "vectors.long"),
        Case(prompt: .text(Array("find the fox: ".utf8)), tensor: "vectors.literal"),
        Case(role: .query, tensor: "vectors.encode_query"),
        Case(role: .document, tensor: "vectors.encode_document"),
        Case(prompt: .named("clustering"), role: .query, tensor: "vectors.clustering"),
        // A role by another name, and one that the model has no prompt for.
        Case(role: InputRole(name: "retrieval.query", side: .query), tensor: "vectors.encode_query"),
        Case(role: InputRole(name: "classification"), tensor: "vectors.none"),
    ])
    func computesWhatTheReferenceDoes(wanted: Case) throws {
        let folder = "Models/prompts-pooling"
        let fixture = try ExpectedVectors(folder, tensor: wanted.tensor)
        let model = try model(folder)
        let reading = try model.reading(wanted.prompt, role: wanted.role)
        let inputs = try fixture.texts.map { try model.prepare(.text($0), reading) }
        #expect(largestDifference(try model.embed(inputs), fixture.vectors) <= 2e-5)
    }

    @Test func namesThePromptsThereAre() throws {
        let model = try model("Models/prompts-pooling")
        let error = ReadingError.unknownPrompt("passage", known: ["clustering", "document", "long", "query"])
        #expect(throws: error) { try model.reading(.named("passage")) }
        let other = try self.model("Models/odd-sizes")
        #expect(throws: ReadingError.unknownPrompt("none", known: ["document", "query"])) {
            try other.reading(.named("none"))
        }
    }

    /// The names that `encode_document` documents, in their order.
    @Test(arguments: [
        (#"{"passage":"p ","corpus":"c "}"#, "p "), (#"{"corpus":"c "}"#, "c "), (#"{"query":"q "}"#, ""),
        (#"{"document":"","passage":"p "}"#, ""),
    ])
    func findsTheDocumentsPrompt(prompts: String, expected: String) throws {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/odd-sizes"))
        try directory.write(#"{"prompts":\#(prompts)}"#, to: "config_sentence_transformers.json")
        let model = try EmbeddingModel.load(
            from: ModelDirectory(path: directory.path), on: CPUDevice(threads: 1))
        #expect(try model.reading(.automatic, role: .document).promptText == Array(expected.utf8))
    }

    @Test func embedsTokenIDsWithoutPrompts() throws {
        let model = try model("Models/prompts-pooling")
        let ids = try model.prepare(.text("a"), model.reading(.bare)).tokenIDs
        // Neither the default prompt nor a role's empty one.
        for reading in [nil, try model.reading(.automatic, role: .document)] {
            let input = try model.prepare(.tokenIDs(ids), reading)
            #expect(input.tokenIDs == ids)
            #expect(input == .text(TokenizedInput(tokenIDs: ids, isTruncated: false)))
        }
        for reading in [try model.reading(.named("query")), try model.reading(.automatic, role: .query)] {
            #expect(throws: InputError.promptForTokenIDs) { try model.prepare(.tokenIDs(ids), reading) }
        }
    }

    private func model(_ folder: String) throws -> EmbeddingModel {
        try EmbeddingModel.load(from: ModelDirectory(path: Fixtures.path(folder)), on: CPUDevice(threads: 1))
    }
}
