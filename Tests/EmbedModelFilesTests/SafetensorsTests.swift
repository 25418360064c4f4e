// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTestSupport
import Testing

@Suite struct SafetensorsTests {
    @Test func readsTensorsAsTheyAreStored() throws {
        let file = SafetensorsBuilder(tensors: [("a", [2, 2], [1, 2, 3, 4]), ("b", [0], []), ("c", [], [5])])
        let tensors = try open(file.bytes()).tensors
        #expect(Set(tensors.keys) == ["a", "b", "c"])
        #expect(tensors["a"]?.shape == [2, 2])
        #expect(tensors["a"]?.withBytes { Array($0.bindMemory(to: Float.self)) } == [1, 2, 3, 4])
        #expect(tensors["b"]?.count == 0)
        #expect(tensors["c"]?.count == 1)
    }

    @Test func acceptsSpacesAfterTheHeaderAndMetadata() throws {
        let header = #"{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   "#
        #expect(try open(SafetensorsBuilder(header: header, data: [7]).bytes()).tensors["a"]?.count == 1)
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#, 1, "takes 2"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, "ends at byte 2 of 1"),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2, "1 bytes follow"),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "starts at byte 1; expected 0"),
        (
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
            3, "starts at byte 1; expected 2"
        ),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1, "ascending"),
        (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, "shape holds -1"),
        (#"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, 1, "shape holds 1.5"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,1]}}"#, 1, "overflows"),
        (#"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#, 1, "at most 8"),
        (#"{"a":{"dtype":"X9","shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype is X9"),
        (#"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype is missing"),
        (#"{"a":7}"#, 0, "dtype is missing"),
        (#"{"__metadata__":{"a":1}}"#, 0, "not an object of strings"),
        (
            #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
            0, "duplicate key"
        ),
        (#"[1]"#, 0, "does not start with {"),
        (#"{"a":"#, 0, "unexpected end"),
        (#"{"a":{"dtype":"U8","shape":[[[[1]]]],"data_offsets":[0,1]}}"#, 1, "deeper"),
    ])
    func refusesWithTheReason(header: String, dataCount: Int, reason: String) throws {
        let file = SafetensorsBuilder(header: header, data: [UInt8](repeating: 0, count: dataCount))
        let error = #expect(throws: ModelFileError.self) { try open(file.bytes()) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
        #expect(error?.description.contains("model.safetensors") == true)
    }

    @Test(arguments: [[], [1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0, 0x7B]] as [[UInt8]])
    func refusesFilesTooShortForTheirHeader(bytes: [UInt8]) {
        #expect(throws: ModelFileError.self) { try open(bytes) }
    }

    @Test(arguments: [100_000_001, UInt64.max, 1 << 63])
    func refusesAnAbsurdHeaderLength(length: UInt64) {
        #expect(throws: ModelFileError.self) { try open(SafetensorsBuilder(header: "{}").bytes(headerLength: length)) }
    }

    /// Every mutation either opens or throws; with the checks on, reading out of bounds would trap.
    @Test func survivesRandomDamage() throws {
        let whole = SafetensorsBuilder(tensors: [
            ("weight", [3, 5], (0..<15).map(Float.init)), ("bias", [5], [1, 2, 3, 4, 5]),
        ]).bytes()
        var generator = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            do {
                for tensor in try open(bytes).tensors.values {
                    #expect(tensor.withBytes { $0.count } == tensor.count * tensor.elementType.byteCount)
                }
            } catch is ModelFileError {}
        }
    }

    private func open(_ bytes: [UInt8]) throws -> Safetensors {
        let directory = try TemporaryDirectory()
        let path = try directory.write(bytes, to: "model.safetensors")
        return try Safetensors(path: path, name: "model.safetensors")
    }
}
