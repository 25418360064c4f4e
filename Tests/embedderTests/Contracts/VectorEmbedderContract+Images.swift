// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import Foundation
import Testing

/// The rows about images, with a small CLIP in the place of the published ones.
extension VectorEmbedderContract {
    /// A server whose only model is the CLIP of Tests/Fixtures/ImageModels.
    private static func withImageServer(
        _ environment: [String: String] = [:], _ arguments: [String] = [], model: String = "clip-old",
        _ body: (ContractServer) async throws -> Void
    ) async throws {
        let models = try ModelsFolder()
        try models.link(Fixtures.path("ImageModels/\(model)"), as: "tests/\(model)")
        let server = try await ContractServer.start(
            ["tests/\(model)"] + arguments, environment: environment, models: models)
        try await body(server)
        server.stop()
    }

    /// What the reference computes for the fixture's images and texts.
    private struct ImageReference {
        /// In base64.
        let images: [String]
        let imageVectors: [[Float]]
        let texts: [String]
        let textVectors: [[Float]]

        init(_ model: String = "clip-old") throws {
            let folder = "ImageModels/\(model)"
            let root = try JSONDocument(parsing: Fixtures.bytes("\(folder)/expected.json")).root
            images = try #require(root["images"]?.elements).map { name in
                try base64("ImageModels/images/\(#require(name.string))")
            }
            texts = try #require(root["texts"]?.elements).map { try #require($0.string) }
            let file = try Safetensors(path: Fixtures.path("\(folder)/expected.safetensors"), name: "expected")
            func rows(_ name: String, _ count: Int) throws -> [[Float]] {
                let values = try #require(file.tensors[name]).floats
                let size = values.count / count
                return (0..<count).map { Array(values[$0 * size..<($0 + 1) * size]) }
            }
            imageVectors = try rows("image_vectors", images.count)
            textVectors = try rows("vectors", texts.count)
        }
    }

    private static func image(_ base64: String) -> String { #"{"image":"\#(base64)"}"# }

    @Test("S0-02, S0-41, S0-48, S0-53 an image gives one vector, the reference's, in the space of the texts")
    func embedsOneImage() async throws {
        let reference = try ImageReference()
        try await Self.withImageServer { server in
            let ready = try await server.get("/health/ready")
            #expect(ready.json?["supports_images"]?.bool == true, "\(ready)")
            for (image, expected) in zip(reference.images, reference.imageVectors) {
                let answer = try await server.post("/embeddings/image", Self.image(image))
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json?.keys == ["embeddings"])
                let vectors = try answer.embeddings()
                try #require(vectors.count == 1)
                #expect(largestDifference(vectors[0], expected) <= 2e-5)
            }
            // Not normalised, and cut at the model's tokens instead of divided.
            for (text, expected) in zip(reference.texts, reference.textVectors) where !text.isEmpty {
                let vectors = try await server.post("/embeddings", #"{"text":\#(quoted(text))}"#).embeddings()
                #expect(largestDifference(vectors[0], expected) <= 2e-5)
                #expect(vectors[0].count == reference.imageVectors[0].count)
            }
        }
    }

    @Test("S0-48, S0-62 every format of the same picture gives the same vector") func readsEveryFormat() async throws {
        try await Self.withImageServer { server in
            var vectors: [String: [Float]] = [:]
            for color in ["red", "blue"] {
                for format in ["png", "gif", "webp", "jpg"] {
                    let file = try base64("Contracts/Images/\(color).\(format)")
                    let answer = try await server.post("/embeddings/image", Self.image(file))
                    #expect(answer.status == 200, "\(answer)")
                    vectors["\(color).\(format)"] = try answer.embeddings()[0]
                }
                let png = try #require(vectors["\(color).png"])
                #expect(vectors["\(color).gif"] == png)
                #expect(vectors["\(color).webp"] == png)
                #expect(try cosine(png, #require(vectors["\(color).jpg"])) > 0.999)
            }
            #expect(vectors["red.png"] != vectors["blue.png"])
        }
    }

    @Test("S0-50, S0-51, S0-62 a batch of up to 20 images gives a list of lists of one vector, in order")
    func embedsBatchesOfImages() async throws {
        let reference = try ImageReference()
        try await Self.withImageServer { server in
            let order = (0..<20).map { ($0 * 5 + 3) % reference.images.count }
            let images = quoted(order.map { reference.images[$0] })
            let answer = try await server.post("/embeddings/image/batch", #"{"images":\#(images)}"#)
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.json?.keys == ["embeddings"])
            let vectors = try answer.nestedEmbeddings()
            try #require(vectors.count == order.count)
            for (vector, index) in zip(vectors, order) {
                #expect(largestDifference(vector, reference.imageVectors[index]) <= 2e-5)
            }
            let more = quoted((0..<21).map { _ in reference.images[0] })
            let refused = try await server.post("/embeddings/image/batch", #"{"images":\#(more)}"#)
            #expect(refused.status == 400, "\(refused)")
            #expect(
                refused.json?["error"]?.string
                    == "Batch size 21 exceeds maximum of 20 images per request. Split into multiple requests.")
        }
    }

    @Test("S0-52 an image just under 10 MB is served, one over is refused") func limitsTheSizeOfImages() async throws {
        let scene = try Fixtures.bytes("ImageModels/images/scene.png")
        try await Self.withImageServer { server in
            // What stands behind the end of a PNG is not looked at.
            for (size, status) in [(10_485_760, 200), (10_485_761, 400)] {
                let file = Data(scene + [UInt8](repeating: 0, count: size - scene.count)).base64EncodedString()
                let one = try await server.post("/embeddings/image", Self.image(file))
                #expect(one.status == status, "\(one)")
                let two = try await server.post("/embeddings/image/batch", #"{"images":["\#(file)","\#(file)"]}"#)
                #expect(two.status == status, "\(two)")
                if status == 400 {
                    #expect(one.json?["error"]?.string == "Image exceeds maximum size of 10485760 bytes")
                    #expect(two.json?["error"]?.string == "Image exceeds maximum size of 10485760 bytes")
                }
            }
        }
    }

    @Test("S0-51, S0-52 MAX_IMAGES_PER_BATCH and MAX_IMAGE_SIZE set the limits")
    func takesTheLimitsOfImagesFromTheEnvironment() async throws {
        let dot = try base64("ImageModels/images/dot.png")
        let scene = try base64("ImageModels/images/scene.png")
        try await Self.withImageServer(["MAX_IMAGES_PER_BATCH": "2", "MAX_IMAGE_SIZE": "1000"]) { server in
            let two = try await server.post("/embeddings/image/batch", #"{"images":["\#(dot)","\#(dot)"]}"#)
            #expect(two.status == 200, "\(two)")
            let three = try await server.post("/embeddings/image/batch", #"{"images":["\#(dot)","\#(dot)","\#(dot)"]}"#)
            #expect(three.status == 400, "\(three)")
            let large = try await server.post("/embeddings/image", Self.image(scene))
            #expect(large.json?["error"]?.string == "Image exceeds maximum size of 1000 bytes")
        }
    }

    @Test("S0-62 what is no image is refused in the service's words, and the server lives")
    func refusesWhatIsNoImage() async throws {
        try await Self.withImageServer { server in
            let before = try server.residentBytes()
            let folder = Fixtures.path("Images/Refused")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                let file = try base64("Images/Refused/\(name)")
                guard !file.isEmpty else { continue }
                let start = ContinuousClock.now
                let answer = try await server.post("/embeddings/image", Self.image(file))
                #expect(answer.status == 400, "\(name): \(answer)")
                #expect(
                    answer.json?["error"]?.string?.hasPrefix("Failed to process image: ") == true, "\(name): \(answer)")
                #expect(ContinuousClock.now - start < .seconds(2), "\(name)")
            }
            #expect(try server.residentBytes() - before <= 256 << 20)
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test("S0-53 images and texts in one request to /v1/embeddings, in order", arguments: ["clip", "clip-plain"])
    func embedsImagesBesideTexts(model: String) async throws {
        let reference = try ImageReference(model)
        try await Self.withImageServer(model: model) { server in
            let input = zip(reference.images, reference.texts).map { image, text in
                #"{"image":"data:image/png;base64,\#(image)"},\#(quoted(text))"#
            }
            let answer = try await server.post(
                "/v1/embeddings", #"{"model":"\#(model)","input":[\#(input.joined(separator: ","))]}"#)
            #expect(answer.status == 200, "\(answer)")
            let data = try #require(answer.json?["data"]?.elements).map { item in
                (item["embedding"]?.elements?.compactMap { $0.double.map { Float($0) } }) ?? []
            }
            try #require(data.count == 2 * min(reference.images.count, reference.texts.count))
            for (index, vector) in data.enumerated() {
                let expected = index % 2 == 0 ? reference.imageVectors[index / 2] : reference.textVectors[index / 2]
                #expect(largestDifference(vector, normalized(expected)) <= 2e-5, "\(index)")
            }
        }
    }
}

/// A file of Tests/Fixtures in base64.
private func base64(_ name: String) throws -> String { Data(try Fixtures.bytes(name)).base64EncodedString() }
