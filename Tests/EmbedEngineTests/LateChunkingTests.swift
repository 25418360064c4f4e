// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import Testing

@Suite struct LateChunkingTests {
    /// One vector a part, from one pass over the document; alone and beside others.
    @Test(arguments: ["new-format", "layer-norm"])
    func computesWhatTheReferenceDoes(name: String) throws {
        let root = try JSONDocument(parsing: Fixtures.bytes("LateChunking/expected.json")).root
        let file = try Safetensors(
            path: Fixtures.path("LateChunking/expected.safetensors"), name: "expected.safetensors")
        let model = try model(name, threads: 2)
        var documents: [PreparedInput] = []
        var expected: [Float] = []
        for (index, document) in try #require(root.elements).enumerated() where document["model"]?.string == name {
            let prompt = try #require(document["prompt"]?.string)
            let parts = try #require(document["parts"]?.elements).compactMap(\.string)
            let reading = try model.reading(.text(Array(prompt.utf8)))
            let input = try model.prepare(document: parts.map { .text($0) }, reading)
            #expect(input.tokenIDs == document["token_ids"]?.elements?.compactMap(\.int).map { Int32($0) })
            let spans = try #require(document["spans"]?.elements).map { $0.elements?.compactMap(\.int) ?? [] }
            #expect(input.spans == spans.map { $0[0]..<$0[1] })
            #expect(input.vectorCount == parts.count)
            let vectors = try #require(file.tensors["vectors.\(index)"]).floats
            #expect(largestDifference(try model.embed([.text(input)]), vectors) <= 2e-5)
            documents.append(.text(input))
            expected += vectors
        }
        #expect(documents.count == 5)
        // An ordinary input between them.
        documents.insert(try model.prepare(.text("vector search")), at: 1)
        let size = model.description.fullDimension
        expected.insert(contentsOf: try model.embed([documents[1]]), at: 2 * size)
        #expect(largestDifference(try model.embed(documents), expected) <= 2e-5)
    }

    @Test func refusesWhatItCannotEmbedWhole() throws {
        let model = try model("new-format")
        func refusal(_ parts: [EmbeddingInput]) -> LateChunkingError? {
            do throws(LateChunkingError) {
                _ = try model.prepare(document: parts)
                return nil
            } catch {
                return error
            }
        }
        let half = EmbeddingInput.text(String(repeating: "a ", count: 71))
        #expect(refusal([half, half]) == nil)
        #expect(refusal([half, half, .text("a")]) == .tooLong(limit: 144))
        #expect(refusal([.text(String(repeating: "a ", count: 1_000_000))]) == .tooLong(limit: 144))
        #expect(refusal([.text("a"), .text("")]) == .empty(index: 1))
        #expect(refusal([.text("a"), .tokenIDs([2, 3])]) == .tokenIDs(index: 1))
        #expect(refusal([.image([1]), .text("a")]) == .image(index: 0))
    }

    @Test(arguments: [("pooling", ["cls", "mean"]), ("dense", ["cls"])])
    func refusesModelsThatPoolOtherwise(name: String, found: [String]) throws {
        let model = try model(name)
        #expect(throws: LateChunkingError.pooling(found: found)) { try model.prepare(document: [.text("a")]) }
    }

    private func model(_ name: String, threads: Int = 1) throws -> EmbeddingModel {
        try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/\(name)")), on: CPUDevice(threads: threads))
    }
}
