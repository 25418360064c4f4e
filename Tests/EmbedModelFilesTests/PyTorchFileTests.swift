// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Testing

@testable import EmbedModelFiles

/// Files of `torch.save` against the same tensors as safetensors; see Tests/Fixtures/README.md.
@Suite struct PyTorchFileTests {
    private static let files = ["archive.bin", "row.bin"]

    private func open(_ name: String) throws -> [String: Tensor] {
        try PyTorchFile(path: Fixtures.path("PyTorch/\(name)"), name: name).tensors
    }

    private func open(_ bytes: [UInt8]) throws -> [String: Tensor] {
        let folder = try TemporaryDirectory()
        try folder.write(bytes, to: "file.bin")
        return try PyTorchFile(path: "\(folder.path)/file.bin", name: "file.bin").tensors
    }

    @Test(arguments: files)
    func readsEveryTensor(file: String) throws {
        let expected = try Safetensors(path: Fixtures.path("PyTorch/expected.safetensors"), name: "expected").tensors
        let found = try open(file)
        #expect(Set(found.keys) == Set(expected.keys))
        for (name, tensor) in expected {
            #expect(found[name]?.shape == tensor.shape, "\(name)")
            #expect(found[name]?.elementType == tensor.elementType, "\(name)")
            #expect(found[name]?.withBytes { [UInt8]($0) } == tensor.withBytes { [UInt8]($0) }, "\(name)")
        }
    }

    @Test func readsTheWeightsOfAModel() throws {
        let expected = try Safetensors(
            path: Fixtures.path("Models/new-format/model.safetensors"), name: "model.safetensors"
        ).tensors
        let folder = try TemporaryDirectory()
        try folder.write(try Fixtures.bytes("PyTorch/model.bin"), to: "pytorch_model.bin")
        let checkpoint = try Checkpoint(in: ModelDirectory(path: folder.path))
        #expect(checkpoint.name == "pytorch_model.bin")
        #expect(Set(checkpoint.tensors.keys) == Set(expected.keys))
        for (name, tensor) in expected {
            let weight = try checkpoint.weight(name, shape: tensor.shape)
            #expect(weight.withBytes { [UInt8]($0) } == tensor.withBytes { [UInt8]($0) }, "\(name)")
        }
    }

    @Test func readsShardsThroughTheIndex() throws {
        let folder = try TemporaryDirectory()
        try folder.write(try Fixtures.bytes("PyTorch/archive.bin"), to: "one.bin")
        try folder.write(try Fixtures.bytes("PyTorch/row.bin"), to: "two.bin")
        try folder.write(
            #"{"weight_map":{"weight":"one.bin","half":"two.bin"}}"#, to: "pytorch_model.bin.index.json")
        let checkpoint = try Checkpoint(in: ModelDirectory(path: folder.path))
        #expect(try checkpoint.weight("weight", shape: [6, 5]).fileName == "one.bin")
        #expect(try checkpoint.weight("half", shape: [6, 5]).fileName == "two.bin")
    }

    @Test(arguments: [
        ("transposed.bin", "does not lie in one piece"),
        ("pickled.bin", "refers to datetime.date, which is no part of a checkpoint"),
        ("expected.safetensors", "has no end of a ZIP archive"),
    ])
    func refusesWhatIsNoPlainCheckpoint(file: String, reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try open(file) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    /// Pickles that a program would run: a call of another function, in the spellings of both protocols.
    @Test(arguments: [
        "cos\nsystem\n(X\u{02}\0\0\0lstR.", "\u{8C}\u{05}posix\u{8C}\u{06}system\u{93}.", "ibuiltins\nexec\n.",
        "(X\u{02}\0\0\0lsobuiltins\nexec\n.",
    ])
    func callsNothing(pickle: String) {
        var reader = PickleReader([0x80, 2] + pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        #expect(throws: PickleError.self) { try reader.read() }
    }

    @Test func boundsHowTuplesNest() {
        var reader = PickleReader(
            [0x80, 2] + [UInt8](repeating: UInt8(ascii: ")"), count: 1)
                + [UInt8](repeating: 0x85, count: 100_000) + Array(".".utf8))
        let error = #expect(throws: PickleError.self) { try reader.read() }
        #expect(error?.reason.contains("nested") == true)
    }

    @Test(arguments: files)
    func survivesDamage(file: String) throws {
        let original = try Fixtures.bytes("PyTorch/\(file)")
        var random = SplitMix64(seed: 7)
        let folder = try TemporaryDirectory()
        var refused = 0
        for round in 0..<4000 {
            var bytes = original
            if round % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            for _ in 0...random.next() % 4 where !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            try folder.write(bytes, to: "file.bin")
            do {
                let tensors = try PyTorchFile(path: "\(folder.path)/file.bin", name: "file.bin").tensors
                // Whatever it places must be there to be read.
                for tensor in tensors.values { _ = tensor.withBytes { $0.reduce(0) { $0 &+ Int($1) } } }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }
}
