// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// Which of a model's adapters a request's texts go through.
@Suite struct TaskTests {
    private static let folder = "Models/jina-embeddings-v3"

    private func load(_ path: String = Fixtures.path(folder)) throws -> EmbeddingModel {
        try EmbeddingModel.load(from: ModelDirectory(path: path), on: CPUDevice(threads: 2))
    }

    private func expectVectors(
        of model: EmbeddingModel, _ reading: Reading, toBe tensor: String
    ) throws {
        let fixture = try ExpectedVectors(Self.folder, tensor: tensor)
        let inputs = try fixture.texts.map { try model.prepare(.text($0), reading) }
        #expect(largestDifference(try model.embed(inputs), fixture.vectors) <= 2e-5)
        let ids = try inputs.map { try model.prepare(.tokenIDs($0.tokenIDs), reading) }
        #expect(try model.embed(ids) == model.embed(inputs))
    }

    @Test(arguments: ["retrieval.query", "retrieval.passage", "separation", "classification", "text-matching"])
    func findsAnAdapterByTheNameOfItsTask(task: String) throws {
        let model = try load()
        let tensor = "vectors.\(task)"
        try expectVectors(of: model, model.reading(.automatic, role: InputRole(name: task)), toBe: tensor)
        try expectVectors(of: model, model.reading(.named(task)), toBe: tensor)
        try expectVectors(of: model, model.reading(.bare, role: InputRole(name: task)), toBe: tensor)
    }

    @Test func findsAnAdapterByTheSideOfASearch() throws {
        let model = try load()
        try expectVectors(of: model, model.reading(.automatic, role: .query), toBe: "vectors.retrieval.query")
        try expectVectors(of: model, model.reading(.automatic, role: .document), toBe: "vectors.retrieval.passage")
    }

    @Test func addsNothingWithoutATask() throws {
        let model = try load()
        try expectVectors(of: model, model.standardReading, toBe: "vectors")
        try expectVectors(of: model, model.reading(.automatic), toBe: "vectors")
    }

    @Test func refusesARoleWithoutAnAdapter() throws {
        let model = try load()
        #expect(
            throws: ReadingError.unknownRole(
                "clustering",
                known: ["classification", "retrieval.passage", "retrieval.query", "separation", "text-matching"])
        ) {
            try model.reading(.automatic, role: InputRole(name: "clustering"))
        }
    }

    @Test func putsTheTasksPromptBeforeATextOfTheRole() throws {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path(Self.folder))
        try directory.write(
            #"{"prompts": {"retrieval.query": "quick brown ", "query": "lazy "}}"#,
            to: "config_sentence_transformers.json")
        let model = try load(directory.path)
        let bare = try model.prepare(.text("quick brown fox"), model.reading(.bare, role: .query))
        for reading in [
            try model.reading(.automatic, role: .query), try model.reading(.named("retrieval.query")),
            try model.reading(.named("retrieval.query"), role: .query),
        ] {
            let input = try model.prepare(.text("fox"), reading)
            #expect(input.tokenIDs == bare.tokenIDs)
            #expect(try model.embed([input]) == model.embed([bare]))
        }
        // A prompt of another name with the role's adapter.
        let lazy = try model.prepare(.text("fox"), model.reading(.named("query"), role: .query))
        let same = try model.prepare(.text("lazy fox"), model.reading(.bare, role: .query))
        #expect(try model.embed([lazy]) == model.embed([same]))
    }
}
