// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Testing

@testable import EmbedServer

/// The Vector Embedder's routes of images, with a model that embeds them.
@Suite(.timeLimit(.minutes(1))) struct ImageRoutesTests {
    @Test func answersOneImageWithAListOfOneVector() async throws {
        let service = FakeService(supportsImages: true)
        try await TestServer.run(service) { server in
            // Two bytes.
            let response = try await server.connect().post(#"{"image":"aGk="}"#, to: "/embeddings/image")
            #expect(response.status == 200)
            #expect(response.text == #"{"embeddings":[[0.6666667,1.0,1.3333334,1.6666666,2.0]]}"#)
        }
        #expect(service.requests.map(\.inputs) == [[.image(Array("hi".utf8))]])
        #expect(service.requests.map(\.normalization) == [.model])
    }

    @Test func answersABatchInItsOrder() async throws {
        let service = FakeService(supportsImages: true)
        try await TestServer.run(service) { server in
            let body = #"{"images":["aGk=","data:image/png;base64,aGV5","DATA:IMAGE/GIF;BASE64,\r\naG\nk="]}"#
            let response = try await server.connect().post(body, to: "/embeddings/image/batch")
            let embeddings = try #require(try response.json()["embeddings"] as? [[[Double]]])
            #expect(embeddings.map(\.count) == [1, 1, 1])
            for (index, tokens) in [2, 3, 2].enumerated() {
                #expect(
                    embeddings[index][0].map { Float($0) }
                        == (0..<5).map { FakeService.component($0, input: index, tokens: tokens) })
            }
        }
        #expect(service.requests.map(\.inputs) == [["hi", "hey", "hi"].map { .image(Array($0.utf8)) }])
    }

    private static let notBase64 = "Failed to process image: the image is not valid base64"
    static let refusals: [(path: String, body: String, error: String)] = [
        ("/embeddings/image", "{}", "image (base64) is required"),
        ("/embeddings/image", "[]", "image (base64) is required"),
        ("/embeddings/image", #"{"image":""}"#, "image (base64) is required"),
        ("/embeddings/image", #"{"image":null}"#, "image (base64) is required"),
        (
            "/embeddings/image", #"{"image":7}"#,
            "Failed to process image: an image is a string: base64, or a data URI"
        ),
        ("/embeddings/image", #"{"image":"aGk"}"#, notBase64), ("/embeddings/image", #"{"image":"aG k="}"#, notBase64),
        ("/embeddings/image", #"{"image":"aGk=aGk="}"#, notBase64),
        ("/embeddings/image", #"{"image":"aG-_"}"#, notBase64), ("/embeddings/image", #"{"image":"="}"#, notBase64),
        ("/embeddings/image", #"{"image":"https://example.com/a.png"}"#, notBase64),
        (
            "/embeddings/image", #"{"image":"data:image/png,aGk="}"#,
            #"Failed to process image: a data URI of an image looks like \"data:image/png;base64,…\""#
        ),
        (
            "/embeddings/image", #"{"image":"data:image/png;base64,"}"#,
            "Failed to process image: the image is empty"
        ),
        ("/embeddings/image", #"{"image":"aGVsbG8="}"#, "Image exceeds maximum size of 4 bytes"),
        (
            "/embeddings/image", #"{"image":"YQ=="}"#,
            "Failed to process image: not an image that can be read: PNG, JPEG, WebP, GIF are known"
        ),
        ("/embeddings/image/batch", "{}", "images array is required"),
        ("/embeddings/image/batch", #"{"images":[]}"#, "images array is required"),
        ("/embeddings/image/batch", #"{"images":"aGk="}"#, "images must be an array"),
        ("/embeddings/image/batch", #"{"images":["aGk=",""]}"#, "All images must be non-empty base64 strings"),
        ("/embeddings/image/batch", #"{"images":["aGk=",7]}"#, "All images must be non-empty base64 strings"),
        (
            "/embeddings/image/batch", #"{"images":["aGk=","aGk=","aGk=","aGk="]}"#,
            "Batch size 4 exceeds maximum of 3 images per request. Split into multiple requests."
        ),
        (
            "/embeddings/image/batch", #"{"images":["aGk=","aGVsbG8="]}"#, "Image exceeds maximum size of 4 bytes"
        ),
        (
            "/embeddings/image/batch", #"{"images":["aGk=","!"]}"#,
            "Failed to process images: the image is not valid base64"
        ),
        (
            "/embeddings/image/batch", #"{"images":["aGk=","YQ=="]}"#,
            "Failed to process images: not an image that can be read: PNG, JPEG, WebP, GIF are known"
        ),
    ]

    @Test(arguments: refusals)
    func refusesInTheServicesWords(path: String, body: String, error: String) async throws {
        try await TestServer.run(
            FakeService(supportsImages: true),
            configure: {
                $0.images.maxCount = 3
                $0.images.maxByteCount = 4
            }
        ) { server in
            let response = try await server.connect().post(body, to: path)
            #expect(response.status == 400)
            #expect(response.text == #"{"error":"\#(error)"}"#)
        }
    }

    /// The routes have room for as many images as they take, the others don't.
    @Test func boundsBodiesByTheImagesTheyMayHold() async throws {
        try await TestServer.run(
            FakeService(supportsImages: true),
            configure: {
                $0.bodyLimit = 1 << 16
                $0.images.maxCount = 2
                $0.images.maxByteCount = 1 << 20
            }
        ) { server in
            let image = String(repeating: "AAAA", count: 1 << 18)
            let client = try await server.connect()
            #expect(try await client.post(#"{"image":"\#(image)"}"#, to: "/embeddings/image").status == 200)
            let two = #"{"images":["\#(image)","\#(image)"]}"#
            #expect(try await client.post(two, to: "/embeddings/image/batch").status == 200)
            #expect(try await server.connect().post(two, to: "/embeddings/image").status == 400)
            let large = #"{"input":{"image":"\#(image)"},"model":"fake"}"#
            #expect(try await server.connect().post(large, to: "/v1/embeddings").status == 413)
        }
    }

    @Test func tellsThatImagesAreEmbedded() async throws {
        try await TestServer.run(FakeService(supportsImages: true)) { server in
            let response = try await server.connect().get("/health/ready")
            #expect(response.text == #"{"status":"ready","model":"fake","supports_images":true}"#)
        }
    }

    @Test func loadsAModelToKnowWhetherItEmbedsImages() async throws {
        for supportsImages in [true, false] {
            let service = FakeService(supportsImages: supportsImages)
            try await service.unload(nil)
            try await TestServer.run(service) { server in
                let response = try await server.connect().post(#"{"image":"aGk="}"#, to: "/embeddings/image")
                #expect(response.status == (supportsImages ? 200 : 501))
            }
        }
    }

    @Test func writesNothingOfImagesIntoTheLog() async throws {
        try await TestServer.run(FakeService(supportsImages: true)) { server in
            let client = try await server.connect()
            _ = try await client.post(#"{"image":"aGk="}"#, to: "/embeddings/image")
            _ = try await client.post(#"{"image":"YQ=="}"#, to: "/embeddings/image")
            _ = try await client.post(
                #"{"model":"fake","input":{"image":"http://a.example/secret"}}"#, to: "/v1/embeddings")
            #expect(!server.log.lines.contains { $0.contains("aGk") || $0.contains("YQ==") || $0.contains("secret") })
        }
    }
}
