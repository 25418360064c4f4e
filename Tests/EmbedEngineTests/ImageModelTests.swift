// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedImages
import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import EmbedTokenizers
import Testing

/// Models of texts and images, from their ordinary files, plain texts and image files to vectors, against
/// sentence-transformers and Transformers.
@Suite struct ImageModelTests {
    private static let names = TinyImageModels.names

    private static func load(_ name: String, _ options: ModelOptions = ModelOptions()) throws -> EmbeddingModel {
        try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("ImageModels/\(name)")), on: CPUDevice(threads: 2),
            options: options)
    }

    /// The image files of a fixture and their vectors.
    private static func images(_ name: String) throws -> (files: [[UInt8]], vectors: [Float]) {
        let root = try JSONDocument(parsing: Fixtures.bytes("ImageModels/\(name)/expected.json")).root
        let files = try #require(root["images"]?.elements).map { image in
            try Fixtures.bytes("ImageModels/images/\(#require(image.string))")
        }
        return (files, try ExpectedVectors("ImageModels/\(name)", tensor: "image_vectors").vectors)
    }

    @Test(arguments: names) func embedsImagesAndTextsAsTheReference(name: String) throws {
        let texts = try ExpectedVectors("ImageModels/\(name)")
        let images = try Self.images(name)
        let model = try Self.load(name)
        let size = model.description.fullDimension
        let textInputs = try texts.texts.map { try model.prepare(.text($0)) }
        #expect(textInputs.map(\.tokenIDs) == texts.tokenIDs)
        #expect(largestDifference(try model.embed(textInputs), texts.vectors) <= 2e-5)
        let imageInputs = try images.files.map { try model.prepare(.image($0)) }
        #expect(largestDifference(try model.embed(imageInputs), images.vectors) <= 2e-5)
        let rowCount = try #require(model.description.images?.rowCount)
        for input in imageInputs {
            #expect(input.rowCount == rowCount)
            #expect(input.vectorCount == 1)
            #expect(!input.isTruncated)
        }

        // Both in one batch, taking turns.
        var mixed: [PreparedInput] = []
        var expected: [Float] = []
        for index in 0..<min(textInputs.count, imageInputs.count) {
            mixed += [imageInputs[index], textInputs[index]]
            let row = index * size..<(index + 1) * size
            expected += images.vectors[row] + texts.vectors[row]
        }
        #expect(largestDifference(try model.embed(mixed), expected) <= 2e-5)
    }

    /// Of every format, in every mode, one pixel wide and high, lying on their side.
    @Test(arguments: ["clip", "clip-old", "clip-plain", "siglip2"])
    func embedsImageFilesOfEveryKindAsTheReference(name: String) throws {
        let folder = "ImageModels/files"
        let root = try JSONDocument(parsing: Fixtures.bytes("\(folder)/expected.json")).root
        let names = try #require(root["files"]?.elements).map { try #require($0.string) }
        let tensors = try Safetensors(path: Fixtures.path("\(folder)/expected.safetensors"), name: "expected").tensors
        let expected = try #require(tensors[name]).floats
        let model = try Self.load(name)
        let size = model.description.fullDimension
        try #require(names.count >= 40 && expected.count == names.count * size)
        for (index, name) in names.enumerated() {
            let file = try Fixtures.bytes("Images/Read/\(name)")
            let vector = try model.embed([model.prepare(.image(file))])
            #expect(largestDifference(vector, Array(expected[index * size..<(index + 1) * size])) <= 2e-5, "\(name)")
        }
    }

    @Test func turnsImagesOnlyWhereItIsAsked() throws {
        let model = try Self.load("clip")
        let (lying, upright) = (
            try Fixtures.bytes("Images/Read/jpeg-orientation-6"), try Fixtures.bytes("Images/Read/jpeg-orientation-1")
        )
        #expect(try model.prepare(image: lying, .asStored) == model.prepare(image: upright, .asStored))
        #expect(try model.prepare(image: lying) != model.prepare(image: upright))
    }

    @Test func refusesWhatIsNoImage() throws {
        var limits = ImageLimits()
        limits.maxPixels = 64 * 48 - 1
        let model = try Self.load("clip", ModelOptions(imageLimits: limits))
        let scene = try Fixtures.bytes("ImageModels/images/scene.png")
        #expect(throws: InputError.image(.tooLarge(width: 64, height: 48, limits))) {
            try model.prepare(.image(scene))
        }
        #expect(try model.pixelCount(ofImage: scene) == limits.maxPixels)
        #expect(throws: InputError.image(.unknownFormat)) { try model.prepare(.image(Array("hello".utf8))) }
        #expect(throws: InputError.image(.unknownFormat)) { try model.pixelCount(ofImage: Array("hello".utf8)) }
        #expect(throws: InputError.image(.empty)) { try model.prepare(.image([])) }
        let dot = try Fixtures.bytes("ImageModels/images/dot.png")
        #expect(try model.pixelCount(ofImage: dot) == 1)
        #expect(throws: InputError.self) { try model.prepare(.image(Array(scene.prefix(1000)))) }
    }

    @Test func refusesImagesForAModelOfTexts() throws {
        let model = try EmbeddingModel.load(
            from: ModelDirectory(path: Fixtures.path("Models/new-format")), on: CPUDevice(threads: 1))
        #expect(!model.description.supportsImages)
        #expect(throws: InputError.noImages) { try model.prepare(.image([1])) }
        #expect(throws: InputError.noImages) { try model.pixelCount(ofImage: [1]) }
    }

    /// The Vector Embedder cuts texts of models that embed images, and averages those of all others.
    @Test func cutsLongTextsInsteadOfAveraging() throws {
        let model = try Self.load("clip")
        let long = EmbeddingInput.text(String(repeating: "quick brown fox ", count: 500))
        var rows: [PreparedInput] = []
        #expect(try model.prepare(long, longTexts: .average(ChunkRule(tokens: 10, maxChunks: 5)), into: &rows))
        #expect(rows == [try model.prepare(long)])
        #expect(rows[0].rowCount == model.description.maxInputTokens)
        // The end of the text, which the vector is taken from, is kept.
        #expect(rows[0].tokenIDs.last == model.tokenizer.suffixIDs.last)
    }

    @Test(arguments: [WeightType.float16, .int8]) func comparesBothTowersWithFloat32(type: WeightType) throws {
        let model = try Self.load("clip", ModelOptions(weightType: type))
        let fidelity = try #require(model.description.fidelity)
        #expect(fidelity.worstCosine >= 0.99)
        let images = try Self.images("clip")
        let size = model.description.fullDimension
        let vectors = try model.embed(images.files.map { try model.prepare(.image($0)) })
        for index in images.files.indices {
            let row = index * size..<(index + 1) * size
            #expect(cosine(vectors[row], images.vectors[row]) >= 0.98)
        }
    }

    @Test func saysWhatItMakesOfImages() throws {
        let model = try Self.load("clip")
        let summary = try ModelSummary(of: ModelDirectory(path: Fixtures.path("ImageModels/clip")))
        #expect(summary.images == model.description.images)
        #expect(model.description.supportsImages)
        #expect(try ModelSummary(of: ModelDirectory(path: Fixtures.path("Models/new-format"))).images == nil)
    }

    @Test func computesFirstVectors() throws {
        for name in ["clip", "siglip", "siglip2"] { try Self.load(name).computeFirstVectors() }
    }
}
