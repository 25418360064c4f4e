// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

/// Pipelines chosen by what a text is, against sentence-transformers' Router, and its Asym of old.
@Suite struct RouterTests {
    @Test(
        arguments: [
            ("router", nil, "vectors"), ("router", .query, "vectors.query"), ("router", .document, "vectors.document"),
            ("router", InputRole(name: "retrieval.query", side: .query), "vectors.query"),
            ("asym", nil, "vectors"), ("asym", .query, "vectors.query"),
            ("asym", InputRole(name: "doc"), "vectors.doc"),
        ] as [(String, InputRole?, String)])
    func computesWhatTheReferenceDoes(name: String, role: InputRole?, tensor: String) throws {
        let fixture = try ExpectedVectors("Models/\(name)", tensor: tensor)
        let model = try model(name)
        let reading = try model.reading(.automatic, role: role)
        let inputs = try fixture.texts.map { try model.prepare(.text($0), reading) }
        #expect(largestDifference(try model.embed(inputs), fixture.vectors) <= 2e-5)
    }

    @Test(arguments: [("router", InputRole.document, "document"), ("asym", InputRole(name: "doc"), "doc")])
    func embedsQueriesBesideDocuments(name: String, role: InputRole, task: String) throws {
        let queries = try ExpectedVectors("Models/\(name)", tensor: "vectors.query")
        let documents = try ExpectedVectors("Models/\(name)", tensor: "vectors.\(task)")
        let model = try model(name)
        let (query, document) = (try model.reading(.automatic, role: .query), try model.reading(.automatic, role: role))
        var inputs: [PreparedInput] = []
        var expected: [Float] = []
        for (index, text) in queries.texts.enumerated() {
            inputs.append(try model.prepare(.text(text), query))
            inputs.append(try model.prepare(.text(text), document))
            let row = index * 12..<(index + 1) * 12
            expected += queries.vectors[row] + documents.vectors[row]
        }
        #expect(model.description.dimension == 12)
        #expect(largestDifference(try model.embed(inputs), expected) <= 2e-5)
    }

    @Test func refusesRolesWithoutAPipeline() throws {
        let model = try model("asym")
        let known = ["doc", "query"]
        #expect(throws: ReadingError.unknownRole("document", known: known)) {
            try model.reading(.automatic, role: .document)
        }
        #expect(throws: ReadingError.unknownRole("clustering", known: known)) {
            try model.reading(.bare, role: InputRole(name: "clustering"))
        }
    }

    @Test func refusesVectorsOfDifferentSizes() throws {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/router"))
        try directory.write(
            #"""
            {"types":{"query_0_Transformer":"sentence_transformers.models.Transformer",
            "query_1_Pooling":"sentence_transformers.models.Pooling",
            "document_0_Transformer":"sentence_transformers.models.Transformer",
            "document_1_Pooling":"sentence_transformers.models.Pooling"},
            "structure":{"query":["query_0_Transformer","query_1_Pooling"],
            "document":["document_0_Transformer","document_1_Pooling"]},"parameters":{}}
            """#, to: "router_config.json")
        let error = #expect(throws: ModelLoadError.self) {
            try EmbeddingModel.load(from: ModelDirectory(path: directory.path), on: CPUDevice(threads: 1))
        }
        #expect(error?.description.contains("vectors of 20 and 12 components") == true)
    }

    private func model(_ name: String) throws -> EmbeddingModel {
        try EmbeddingModel.load(from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: CPUDevice(threads: 1))
    }
}
