// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTestSupport
import Testing

@Suite struct CheckpointTests {
    private let first = SafetensorsBuilder(tensors: [("a", [2], [1, 2])]).bytes()
    private let second = SafetensorsBuilder(tensors: [("b", [1], [3])]).bytes()
    private let index = #"{"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"#

    @Test func readsShardsThroughTheIndex() throws {
        let directory = try directory([
            "model.safetensors.index.json": Array(index.utf8), "one.safetensors": first, "two.safetensors": second,
        ])
        let checkpoint = try Checkpoint(in: ModelDirectory(path: directory.path))
        #expect(try checkpoint.weight("a", shape: [2]).fileName == "one.safetensors")
        #expect(try checkpoint.weight("b", shape: [1]).fileName == "two.safetensors")
    }

    @Test(arguments: [
        "../one.safetensors", "/etc/passwd", "a/b.safetensors", ".hidden.safetensors", "one.bin", "",
        "one.safetensors\u{0}",
    ])
    func refusesShardNamesThatAreNoPlainFiles(name: String) throws {
        let escaped = name.replacing("\u{0}", with: "\\u0000")
        let directory = try directory([
            "model.safetensors.index.json": Array(#"{"weight_map":{"a":"\#(escaped)"}}"#.utf8)
        ])
        let error = #expect(throws: ModelFileError.self) { try Checkpoint(in: ModelDirectory(path: directory.path)) }
        #expect(error?.description.contains("the name of a .safetensors file") == true)
    }

    @Test func namesTheShardThatLacksATensor() throws {
        let directory = try directory([
            "model.safetensors.index.json": Array(index.utf8), "one.safetensors": first, "two.safetensors": first,
        ])
        #expect(throws: ModelFileError.missingTensor(name: "b", file: "two.safetensors")) {
            try Checkpoint(in: ModelDirectory(path: directory.path))
        }
    }

    @Test func namesTheMissingShard() throws {
        let directory = try directory(["model.safetensors.index.json": Array(index.utf8), "one.safetensors": first])
        #expect(throws: ModelFileError.missingFile("two.safetensors", hint: "")) {
            try Checkpoint(in: ModelDirectory(path: directory.path))
        }
    }

    @Test func saysWhatWasExpectedOfATensor() throws {
        let builder = SafetensorsBuilder(
            header: #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, data: [UInt8](repeating: 0, count: 8))
        let directory = try directory(["model.safetensors": builder.bytes()])
        let checkpoint = try Checkpoint(in: ModelDirectory(path: directory.path))
        #expect(throws: ModelFileError.missingTensor(name: "x", file: "model.safetensors")) {
            try checkpoint.weight("x", shape: [1])
        }
        #expect(throws: ModelFileError.tensorShape(name: "a", file: "model.safetensors", found: [1], expected: [2, 3]))
        {
            try checkpoint.weight("a", shape: [2, 3])
        }
        #expect(throws: ModelFileError.tensorElementType(name: "a", file: "model.safetensors", found: "I64")) {
            try checkpoint.weight("a", shape: [1])
        }
    }

    @Test func saysWhatItLookedFor() throws {
        let directory = try directory(["weights.h5": [1]])
        let error = #expect(throws: ModelFileError.self) { try Checkpoint(in: ModelDirectory(path: directory.path)) }
        #expect(error?.description.contains("model.safetensors.index.json, pytorch_model.bin or") == true)
    }

    private func directory(_ files: [String: [UInt8]]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (name, bytes) in files { try directory.write(bytes, to: name) }
        return directory
    }
}
