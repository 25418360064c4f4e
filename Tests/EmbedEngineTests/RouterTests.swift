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

    /// A second route of the same modules adds its head's weights only.
    @Test func loadsASharedTransformerOnce() throws {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/asym"))
        func weights(modules: [String], routes: String) throws -> (byteCount: Int, estimate: Int) {
            try directory.write("[\(modules.joined(separator: ","))]", to: "modules.json")
            try directory.write(
                """
                {"types":{"query_0_Dense":"sentence_transformers.models.Dense",
                "doc_0_Dense":"sentence_transformers.models.Dense"},"structure":{\(routes)}}
                """, to: "2_Router/config.json")
            let files = try ModelDirectory(path: directory.path)
            return (
                try EmbeddingModel.load(from: files, on: CPUDevice(threads: 1)).description.weightByteCount,
                try ModelMemory(of: files, batchTokens: 64, threads: 1).weightByteCount
            )
        }
        let first = [
            #"{"path":"","type":"sentence_transformers.models.Transformer"}"#,
            #"{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}"#,
        ]
        let all = first + [#"{"path":"2_Router","type":"sentence_transformers.models.Asym"}"#]
        let (query, document) = (#""query":["query_0_Dense"]"#, #""doc":["doc_0_Dense"]"#)
        let none = try weights(modules: first, routes: query)
        let one = try weights(modules: all, routes: query)
        let both = try weights(modules: all, routes: "\(query),\(document)")
        #expect(one.byteCount > none.byteCount)
        #expect(both.byteCount - one.byteCount == one.byteCount - none.byteCount)
        #expect(both.estimate == none.estimate)
    }

    @Test func routesOfOneFolderGiveItsVectors() throws {
        let fixture = try ExpectedVectors("Models/router", tensor: "vectors.query")
        let directory = try router(
            #"""
            {"types":{"query_0_Transformer":"sentence_transformers.models.Transformer",
            "query_1_Pooling":"sentence_transformers.models.Pooling",
            "query_2_Dense":"sentence_transformers.models.Dense"},
            "structure":{"query":["query_0_Transformer","query_1_Pooling","query_2_Dense"],
            "document":["query_0_Transformer","query_1_Pooling","query_2_Dense"]},"parameters":{}}
            """#)
        let model = try EmbeddingModel.load(from: ModelDirectory(path: directory.path), on: CPUDevice(threads: 2))
        // The route changes nothing here, and the prompt comes with the role: it is chosen by name for both.
        for role in [InputRole.query, .document] {
            let reading = try model.reading(.named("query"), role: role)
            let inputs = try fixture.texts.map { try model.prepare(.text($0), reading) }
            #expect(largestDifference(try model.embed(inputs), fixture.vectors) <= 2e-5)
        }
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
        let directory = try router(
            #"""
            {"types":{"query_0_Transformer":"sentence_transformers.models.Transformer",
            "query_1_Pooling":"sentence_transformers.models.Pooling",
            "document_0_Transformer":"sentence_transformers.models.Transformer",
            "document_1_Pooling":"sentence_transformers.models.Pooling"},
            "structure":{"query":["query_0_Transformer","query_1_Pooling"],
            "document":["document_0_Transformer","document_1_Pooling"]},"parameters":{}}
            """#)
        let error = #expect(throws: ModelLoadError.self) {
            try EmbeddingModel.load(from: ModelDirectory(path: directory.path), on: CPUDevice(threads: 1))
        }
        #expect(error?.description.contains("vectors of 20 and 12 components") == true)
    }

    /// The router of the fixtures with other routes.
    private func router(_ config: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/router"))
        try directory.write(config, to: "router_config.json")
        return directory
    }

    private func model(_ name: String) throws -> EmbeddingModel {
        try EmbeddingModel.load(from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: CPUDevice(threads: 1))
    }
}
