// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedTestSupport
import Testing

/// `embedder show`, on models whose files the reference wrote.
@Suite(.timeLimit(.minutes(2))) struct ShowTests {
    private func show(_ model: String) throws -> JSONValue {
        let result = try Program.run(["show", "--json", Fixtures.path("Models/\(model)")])
        #expect(result.status == 0, "\(result.errors)")
        return try JSONDocument(parsing: Array(result.output.utf8)).root
    }

    @Test func showsSizesLengthsAndModules() throws {
        let model = try show("embeddinggemma")
        #expect(model["architecture"]?.string == "Gemma3TextModel")
        #expect(model["pooling"]?.elements?.compactMap(\.string) == ["mean"])
        let modules = try #require(model["modules"]?.elements?.compactMap(\.string))
        #expect(modules.count == 3)
        #expect(modules[0].hasPrefix("Dense ") && modules[1].hasPrefix("Dense ") && modules[2] == "Normalize")
        #expect(model["stored_types"]?.elements?.compactMap(\.string) == ["F32"])
        let parameters = try #require(model["parameters"]?.int)
        #expect(model["stored_bytes"]?.int == 4 * parameters)
    }

    @Test func showsPromptsTasksAndRoutes() throws {
        let prompts = try show("prompts")
        #expect(prompts["prompts"]?["query"]?.string != nil)
        #expect(prompts["default_prompt_name"]?.string != nil)
        let tasks = try show("jina-embeddings-v3")["tasks"]?.elements?.compactMap(\.string)
        #expect(tasks == ["retrieval.query", "retrieval.passage", "separation", "classification", "text-matching"])
        #expect(try show("router")["routes"]?.elements?.compactMap(\.string) == ["document", "query"])
        #expect(try show("truncate-dim")["dimension"]?.int != show("truncate-dim")["full_dimension"]?.int)
        #expect(try show("static-embedding")["architecture"]?.string == "StaticEmbedding")
    }

    @Test func printsATableForPeople() throws {
        let result = try Program.run(["show", "--model", Fixtures.path("Models/new-format")])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\narchitecture      BertModel\n"))
        #expect(result.output.contains("\nmax input tokens  144 (160 positions)\n"))
        #expect(result.output.contains("\nmodules           Normalize\n"))
    }

    @Test func saysWhatIsWrong() throws {
        let twice = try Program.run(["show", "a/b", "--model", "c/d"])
        #expect(twice.status == 64)
        let missing = try Program.run(["show", "nobody/nothing"])
        #expect(missing.status != 0)
        #expect(missing.errors.contains("nobody/nothing"))
        let directory = try TemporaryDirectory()
        try directory.copy(Fixtures.path("Models/new-format"))
        try directory.write(#"{"model_type": "gpt2"}"#, to: "config.json")
        let unknown = try Program.run(["show", directory.path])
        #expect(unknown.status != 0)
        #expect(unknown.errors.contains("model_type is gpt2"))
    }
}
