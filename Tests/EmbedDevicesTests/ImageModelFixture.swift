// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedJSON
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// A tiny model of Tests/Fixtures/ImageModels with what the reference computes for its texts and images.
struct ImageModelFixture {
    /// One of the two towers.
    enum Side: CaseIterable {
        case texts
        case images
    }

    let texts: Transformer
    let textHead: Head
    let tower: ImageTower
    /// The token ids of each text.
    let sequences: [[Int32]]
    /// The patches of each image.
    let images: [[Float]]
    private let expected: Safetensors

    init(_ name: String) throws {
        let path = "ImageModels/\(name)"
        let directory = try ModelDirectory(path: Fixtures.path(path))
        let pipeline = try SentenceTransformersConfig(in: directory).standardPipeline
        texts = try Architectures.transformer(in: directory.subdirectory(pipeline.transformerFolder))
        textHead = try Head(pipeline, for: texts, in: directory)
        let tower = try #require(try Architectures.imageTower(in: directory, pipeline))
        self.tower = tower
        let json = try JSONDocument(
            parsing: Fixtures.bytes("\(path)/expected.json"), limits: .init(depth: 8, byteCount: 1 << 20))
        sequences = try #require(json.root["token_ids"]?.elements).map { ids in
            try #require(ids.elements).map { Int32(try #require($0.int)) }
        }
        let expected = try Safetensors(
            path: Fixtures.path("\(path)/expected.safetensors"), name: "expected.safetensors")
        self.expected = expected
        images = try (0..<(try #require(json.root["images"]?.elements).count)).map { number in
            let pixels = try #require(expected.tensors["pixel_values.\(number)"])
            return Self.patches(pixels.floats, side: pixels.shape[1], tower.patches)
        }
    }

    /// Cuts `[3, side, side]` into patches.
    private static func patches(_ pixels: [Float], side: Int, _ patches: PatchEmbeddings) -> [Float] {
        let size = patches.patchSize
        return (0..<patches.rows).flatMap { row in
            (0..<patches.columns).flatMap { column in
                (0..<3).flatMap { channel in
                    (0..<size).flatMap { y in
                        let first = (channel * side + row * size + y) * side + column * size
                        return pixels[first..<first + size]
                    }
                }
            }
        }
    }

    /// The tensor `name` of expected.safetensors.
    func expected(_ name: String) throws -> [Float] { try #require(expected.tensors[name]).floats }

    /// The vectors of all texts or images.
    func expectedVectors(_ side: Side) throws -> [Float] {
        try expected(side == .texts ? "vectors" : "image_vectors")
    }

    /// The hidden states of all texts or images, one after the other.
    func expectedHiddenStates(_ side: Side) throws -> [Float] {
        switch side {
        case .texts: try sequences.indices.flatMap { try expected("hidden_states.\($0)") }
        case .images: try images.indices.flatMap { try expected("image_hidden_states.\($0)") }
        }
    }

    func transformer(_ side: Side) -> Transformer { side == .texts ? texts : tower.transformer }
    func head(_ side: Side) -> Head { side == .texts ? textHead : tower.head }

    /// The texts or images at `indices`, or all.
    func batch(_ side: Side, _ indices: some Sequence<Int>) -> RaggedBatch {
        var batch = RaggedBatch()
        for index in indices {
            switch side {
            case .texts: batch.append(sequences[index])
            case .images: batch.append(patches: images[index])
            }
        }
        return batch
    }

    func batch(_ side: Side) -> RaggedBatch { batch(side, side == .texts ? sequences.indices : images.indices) }

    /// A tower on a new CPU device.
    func load(
        _ side: Side, threads: Int = 1, isa: String? = nil, weights: WeightType = .float32
    ) throws -> any LoadedModel {
        try CPUDevice(threads: threads, isa: isa).load(transformer(side), head: head(side), weights: weights)
    }
}
