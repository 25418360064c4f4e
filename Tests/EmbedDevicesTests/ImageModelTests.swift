// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// Towers for texts and images, against Transformers in float32; see Tests/Fixtures/README.md.
@Suite struct ImageModelTests {
    private typealias Side = ImageModelFixture.Side

    /// As for models of texts.
    private static let stateTolerance: Float = 1e-5
    private static let vectorTolerance: Float = 2e-5

    @Test(arguments: TinyImageModels.names, ModelFixture.usableISAs)
    func computesTheReferencesHiddenStates(model: String, isa: String) throws {
        let fixture = try ImageModelFixture(model)
        for side in Side.allCases {
            let expected = try fixture.expectedHiddenStates(side)
            for threads in [1, 2] {
                let found = try fixture.load(side, threads: threads, isa: isa).hiddenStates(of: fixture.batch(side))
                #expect(largestDifference(found, expected) <= Self.stateTolerance, "\(side), \(threads) threads")
            }
        }
    }

    @Test(arguments: TinyImageModels.names, ModelFixture.usableISAs)
    func computesTheReferencesVectors(model: String, isa: String) throws {
        let fixture = try ImageModelFixture(model)
        for side in Side.allCases {
            let loaded = try fixture.load(side, threads: 2, isa: isa)
            let found = try loaded.embed(fixture.batch(side))
            #expect(found.dimension == fixture.textHead.dimension)
            let difference = largestDifference(found.values, try fixture.expectedVectors(side))
            #expect(difference <= Self.vectorTolerance, "\(side)")
        }
    }

    @Test(arguments: TinyImageModels.names, WeightType.allCases)
    func givesTheSameVectorAloneAndInAnyBatch(model: String, weights: WeightType) throws {
        let fixture = try ImageModelFixture(model)
        for isa in ModelFixture.usableISAs {
            for side in Side.allCases {
                let loaded = try fixture.load(side, isa: isa, weights: weights)
                let count = fixture.batch(side).count
                let alone = try (0..<count).map { try loaded.embed(fixture.batch(side, [$0])).values }
                for threads in [1, 2, 3, 5] {
                    let several = try fixture.load(side, threads: threads, isa: isa, weights: weights)
                    for indices in [[0], [1, 0], Array(0..<count), (0..<20).map { $0 % count }] {
                        let batch = fixture.batch(side, indices)
                        let found = try several.embed(batch).values
                        #expect(found == indices.flatMap { alone[$0] }, "\(isa), \(side), \(threads), \(indices)")
                        #expect(try several.hiddenStates(of: batch) == loaded.hiddenStates(of: batch))
                    }
                }
            }
        }
    }

    /// What rounding of a type explains relative to the length of the vectors, which is not 1.
    @Test(arguments: TinyImageModels.names, [(WeightType.float16, 2e-3 as Float), (.bfloat16, 3e-2), (.int8, 8e-2)])
    func staysNearTheReferenceWithNarrowWeights(model: String, type: (weights: WeightType, error: Float)) throws {
        let fixture = try ImageModelFixture(model)
        for side in Side.allCases {
            let expected = try fixture.expectedVectors(side)
            let count = fixture.batch(side).count
            let length = (expected.reduce(0) { $0 + $1 * $1 } / Float(count)).squareRoot()
            for isa in ModelFixture.usableISAs {
                let loaded = try fixture.load(side, threads: 2, isa: isa, weights: type.weights)
                let found = try loaded.embed(fixture.batch(side)).values
                #expect(largestDifference(found, expected) <= type.error * length, "\(isa), \(side)")
            }
        }
    }

    @Test(arguments: TinyImageModels.names, [1, 3])
    func computesTheSameBlockByBlock(model: String, threads: Int) throws {
        let fixture = try ImageModelFixture(model)
        for side in Side.allCases {
            let batch = fixture.batch(side)
            let streamed = try CPUDevice(threads: threads).embedOnce(
                batch, fixture.transformer(side), head: fixture.head(side))
            #expect(try streamed == fixture.load(side, threads: threads).embed(batch), "\(side)")
        }
    }

    @Test(arguments: TinyImageModels.names)
    func hasImagesToProbeNarrowWeightsWith(model: String) throws {
        let fixture = try ImageModelFixture(model)
        let probes = fixture.tower.probes()
        #expect(probes.count >= 8)
        #expect(probes == fixture.tower.probes())
        #expect(probes.joined().allSatisfy { abs($0) < 5 })
        var batch = RaggedBatch()
        for probe in probes { batch.append(patches: probe) }
        let wide = try fixture.load(.images).embed(batch)
        let narrow = try fixture.load(.images, weights: .int8).embed(batch)
        #expect(Set((0..<wide.count).map { Array(wide[$0]) }).count == probes.count)
        #expect(wide != narrow)
    }

    @Test func refusesWhatIsNotAnImageOfTheModel() throws {
        let fixture = try ImageModelFixture("clip")
        let (texts, images) = (try fixture.load(.texts), try fixture.load(.images))
        let size = 16 * 3 * 8 * 8
        #expect(fixture.images[0].count == size)
        var batch = fixture.batch(.images)
        batch.append(patches: fixture.images[0].dropLast())
        #expect(throws: DeviceError.patches(count: size - 1, expected: size)) { try images.embed(batch) }
        #expect(throws: DeviceError.patches(count: size - 1, expected: size)) {
            try CPUDevice(threads: 1).embedOnce(batch, fixture.tower.transformer, head: fixture.tower.head)
        }
        #expect(throws: DeviceError.patches(count: 0, expected: size)) { try images.embed(fixture.batch(.texts)) }
        #expect(throws: DeviceError.patches(count: size, expected: 0)) { try texts.embed(fixture.batch(.images)) }
        #expect(try images.embed(RaggedBatch()).count == 0)
    }

    @Test(arguments: ["clip", "siglip"])
    func neverAnswersWithWhatIsNotFinite(model: String) throws {
        let fixture = try ImageModelFixture(model)
        var batch = fixture.batch(.images)
        var broken = fixture.images[0]
        broken[100] = .nan
        batch.append(patches: broken)
        let count = fixture.images.count
        #expect(throws: DeviceError.nonFiniteOutput(sequence: count)) { try fixture.load(.images).embed(batch) }
    }

    /// Also of the tensors that attention pooling keeps no copy of.
    @Test(
        arguments: [
            "vision_model.head.probe", "vision_model.head.attention.in_proj_weight",
            "vision_model.head.attention.in_proj_bias", "vision_model.embeddings.patch_embedding.weight",
            "vision_model.embeddings.position_embedding.weight",
        ], [0, -1])
    func refusesWeightsThatAreNotFinite(name: String, element: Int) throws {
        let source = "ImageModels/siglip"
        let file = try Safetensors(path: Fixtures.path("\(source)/model.safetensors"), name: "model.safetensors")
        try #require(file.tensors[name] != nil)
        let directory = try TemporaryDirectory()
        let tensors = file.tensors.values.map { original in
            var values = original.floats
            if original.name == name { values[element < 0 ? values.count + element : element] = .nan }
            return (name: original.name, shape: original.shape, values: values)
        }
        try directory.write(SafetensorsBuilder(tensors: tensors).bytes(), to: "model.safetensors")
        try directory.write(Fixtures.bytes("\(source)/config.json"), to: "config.json")
        let tower = try #require(try Architectures.imageTower(in: ModelDirectory(path: directory.path)))
        #expect(throws: DeviceError.nonFiniteWeight(tensor: name, file: "model.safetensors")) {
            try CPUDevice(threads: 2).load(tower.transformer, head: tower.head, weights: .float32)
        }
    }

    /// The first of several ends; without one the first token, as the reference's argmax has it.
    @Test func takesTheFirstEndOfTheText() throws {
        let fixture = try ImageModelFixture("clip")
        let end = try #require(fixture.sequences[0].last)
        let start = fixture.sequences[0][0]
        let loaded = try fixture.load(.texts)
        let short = try loaded.embed(RaggedBatch([[start, 320, end]])).values
        #expect(try loaded.embed(RaggedBatch([[start, 320, end, 5, end, end]])).values == short)
        #expect(try loaded.embed(RaggedBatch([[320, 5, 7]])).values == loaded.embed(RaggedBatch([[320]])).values)
        // Where config.json says 2, it is the largest id.
        let old = try ImageModelFixture("clip-old").load(.texts)
        let first = try old.embed(RaggedBatch([[320, 500]])).values
        #expect(try old.embed(RaggedBatch([[320, 500, 2, 500, 7]])).values == first)
    }
}
