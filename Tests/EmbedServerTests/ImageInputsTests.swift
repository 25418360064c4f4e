// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing
import Synchronization
import Testing

@testable import EmbedServer

/// Images among the inputs of `/v1/embeddings`.
@Suite(.timeLimit(.minutes(1))) struct ImageInputsTests {
    private static let hi = EmbeddingInput.image(Array("hi".utf8))

    /// Forms of `input`, and what they stand for.
    static let forms: [(input: String, expected: [EmbeddingInput])] = [
        (#"{"image":"aGk="}"#, [hi]), (#"{"text":"a"}"#, [.text("a")]),
        (#"["a",{"image":"aGk="},{"text":"b"},"c"]"#, [.text("a"), hi, .text("b"), .text("c")]),
        (#"[{"image":"data:image/jpeg;base64,aGk="},"a"]"#, [hi, .text("a")]),
        (
            #"[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]"#,
            [.text("a"), hi]
        ),
        (#"[{"type":"image_url","image_url":"aGk="}]"#, [hi]),
        (
            #"[{"content":[{"type":"image_url","image_url":{"url":"aGk="}}]},{"content":[{"text":"a"}]}]"#,
            [hi, .text("a")]
        ),
    ]

    @Test(arguments: forms) func readsImagesBesideTexts(input: String, expected: [EmbeddingInput]) async throws {
        let service = FakeService(supportsImages: true)
        try await TestServer.run(service) { server in
            for path in ["/v1/embeddings", "/embeddings"] {
                let response = try await server.connect().post(#"{"model":"fake","input":\#(input)}"#, to: path)
                #expect(response.status == 200, "\(response.text)")
                let data = try #require(try response.json()["data"] as? [[String: Any]])
                #expect(data.count == expected.count)
            }
        }
        #expect(service.requests.map(\.inputs) == [expected, expected])
        #expect(service.requests.map(\.normalization) == [.always, .always])
    }

    @Test func readsInfinitysModality() async throws {
        let service = FakeService(supportsImages: true)
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            for input in [#""aGk=""#, #"["data:image/png;base64,aGk="]"#] {
                let body = #"{"model":"fake","modality":"image","input":\#(input)}"#
                #expect(try await client.post(body, to: "/embeddings").status == 200)
            }
            #expect(
                try await client.post(#"{"model":"fake","modality":"text","input":"a"}"#, to: "/embeddings").status
                    == 200)
            let audio = try await client.post(#"{"model":"fake","modality":"audio","input":"a"}"#, to: "/embeddings")
            #expect(audio.status == 422)
        }
        #expect(service.requests.map(\.inputs) == [[Self.hi], [Self.hi], [.text("a")]])
    }

    static let faults: [(input: String, status: Int, message: String)] = [
        (#"[{"image":"!"}]"#, 422, "`input[0].image`: Value error, the image is not valid base64"),
        (#"["a",{"image":7}]"#, 422, "`input[1].image`: Value error, an image is a string"),
        (#"["a",{"image":"aGVsbG8="}]"#, 422, "the image has more than 4 bytes"),
        (#"[{"image_url":{"url":"data:text/plain,a"}}]"#, 422, "a data URI of an image looks like"),
        (#"[{"image":"aGk=","text":"a"}]"#, 422, "an object with one of text, image and image_url"),
        (#"[{"type":"text","image":"aGk="}]"#, 422, "an object with one of text, image and image_url"),
        (#"[{"pdf":"aGk="}]"#, 422, "an object with one of text, image and image_url"),
        (#"[{"text":7}]"#, 422, "`input[0].text`: Input should be a valid string"),
        (#"[{"content":[{"text":"a"},{"text":"b"}]}]"#, 422, "a list of one item"),
        (#"[{"content":[{"content":[]}]}]"#, 422, "a list of one item"),
        (#"[{"image":"YQ=="}]"#, 400, "Input 0 is no image that can be embedded: not an image that can be read"),
        (
            #"[{"image":"aGk="},{"image":"aGk="},{"image":"aGk="},{"image":"aGk="}]"#, 400,
            "4 images in one request; at most 3."
        ),
        (#"[{"image":"http://a.example/b.png"}]"#, 400, "--image-urls"),
    ]

    @Test(arguments: faults) func refusesWhatIsNoImage(input: String, status: Int, message: String) async throws {
        try await TestServer.run(
            FakeService(supportsImages: true),
            configure: {
                $0.images.maxCount = 3
                $0.images.maxByteCount = 4
            }
        ) { server in
            let response = try await server.connect().post(#"{"model":"fake","input":\#(input)}"#, to: "/v1/embeddings")
            #expect(response.status == status)
            #expect(response.text.contains(message), "\(response.text)")
        }
    }

    @Test func refusesImagesForAModelOfTexts() async throws {
        let fetcher = FakeFetcher()
        try await TestServer.run(configure: { $0.images.fetcher = fetcher }) { server in
            for image in ["aGk=", "http://a.example/b.png"] {
                let response = try await server.connect().post(
                    #"{"model":"fake","input":["a",{"image":"\#(image)"}]}"#, to: "/v1/embeddings")
                #expect(response.status == 400)
                #expect(response.text.contains("Input 1 is an image, and the model embeds texts only."))
            }
        }
        #expect(fetcher.urls.isEmpty)
    }

    @Test func fetchesWhatStandsElsewhere() async throws {
        let (service, fetcher) = (FakeService(supportsImages: true), FakeFetcher())
        try await TestServer.run(service, configure: { $0.images.fetcher = fetcher }) { server in
            let body =
                #"{"model":"fake","input":[{"image":"http://a/x"},"a",{"image":"aGk="},{"image":"HTTPS://b/yy"}]}"#
            #expect(try await server.connect().post(body, to: "/v1/embeddings").status == 200)
            let wrong = #"{"model":"fake","input":["a",{"image":"http://wrong/"}]}"#
            let response = try await server.connect().post(wrong, to: "/v1/embeddings")
            #expect(response.status == 400)
            #expect(response.text.contains("Input 1: wrong is at an address that images may not come from."))
        }
        #expect(
            service.requests.map(\.inputs) == [
                [.image(Array("http://a/x".utf8)), .text("a"), Self.hi, .image(Array("HTTPS://b/yy".utf8))]
            ])
        #expect(fetcher.urls.sorted() == ["HTTPS://b/yy", "http://a/x", "http://wrong/"])
    }
}

/// Finds at each address the address itself.
private final class FakeFetcher: ImageFetcher {
    private let asked = Mutex<[String]>([])

    var urls: [String] { asked.withLock(\.self) }

    func image(at url: String, maxByteCount: Int) async throws(ImageFetchError) -> [UInt8] {
        asked.withLock { $0.append(url) }
        guard url != "http://wrong/" else { throw .addressNotAllowed("wrong") }
        return Array(url.utf8)
    }
}
