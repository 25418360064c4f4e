// SPDX-License-Identifier: Apache-2.0

import EmbedServer
import EmbedTestSupport
import Synchronization
import Testing

@testable import embedder

@Suite(.timeLimit(.minutes(1))) struct GuardedImageFetcherTests {
    private static let image: [UInt8] = (0..<5000).map { UInt8($0 % 251) }

    /// A host of images on this machine.
    private static func host() async throws -> LoopbackServer {
        try await LoopbackServer.start { request in
            switch request.path {
            case "/image": LoopbackServer.Answer(body: image)
            case "/elsewhere": LoopbackServer.Answer(302, [("Location", "/image")])
            case "/inside": LoopbackServer.Answer(301, [("Location", "http://127.0.0.1/image")])
            case "/cut": LoopbackServer.Answer(body: image, cutAfter: 100)
            case "/slow": LoopbackServer.Answer(body: image, stallsAfter: 100)
            default: LoopbackServer.Answer(404)
            }
        }
    }

    private static func outcome(
        _ fetcher: GuardedImageFetcher, _ url: String, maxByteCount: Int = 1 << 20
    ) async -> Result<[UInt8], ImageFetchError> {
        do throws(ImageFetchError) {
            return .success(try await fetcher.image(at: url, maxByteCount: maxByteCount))
        } catch {
            return .failure(error)
        }
    }

    @Test func bringsAnImageFromAListedAddress() async throws {
        let host = try await Self.host()
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["127.0.0.1:\(host.port)"]))
        #expect(await Self.outcome(fetcher, "http://127.0.0.1:\(host.port)/image?a=b") == .success(Self.image))
        let request = try #require(host.requests.first)
        #expect(request.target == "/image?a=b")
        #expect(request["Host"] == "127.0.0.1:\(host.port)")
        for name in ["Authorization", "Cookie", "Referer"] { #expect(request[name] == nil) }
    }

    @Test func followsNoRedirectionsAndTakesNoOtherStatus() async throws {
        let host = try await Self.host()
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["127.0.0.1:\(host.port)", "127.0.0.1"]))
        for (path, status) in [("/elsewhere", 302), ("/inside", 301), ("/missing", 404)] {
            #expect(await Self.outcome(fetcher, "http://127.0.0.1:\(host.port)\(path)") == .failure(.status(status)))
        }
        #expect(host.requests.count == 3)
    }

    @Test func stopsAtTheLimit() async throws {
        let host = try await Self.host()
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["127.0.0.1:\(host.port)"]), seconds: 1)
        let base = "http://127.0.0.1:\(host.port)"
        #expect(await Self.outcome(fetcher, "\(base)/image", maxByteCount: 5000) == .success(Self.image))
        #expect(await Self.outcome(fetcher, "\(base)/image", maxByteCount: 4999) == .failure(.tooLarge(limit: 4999)))
        #expect(await Self.outcome(fetcher, "\(base)/cut") == .failure(.unreachable("127.0.0.1")))
        #expect(await Self.outcome(fetcher, "\(base)/slow") == .failure(.timedOut(seconds: 1)))
    }

    @Test func asksNobodyWhoIsNotListed() async throws {
        let host = try await Self.host()
        let names = Mutex<[String]>([])
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["images.example.com:\(host.port)"])) { name, _ in
            names.withLock { $0.append(name) }
            return [.v4([127, 0, 0, 1])]
        }
        for url in [
            "http://127.0.0.1:\(host.port)/image", "http://localhost:\(host.port)/image",
            "http://[::1]:\(host.port)/image",
            "http://[::ffff:127.0.0.1]:\(host.port)/image", "http://images.example.com/image",
            "http://images.example.com.evil.example:\(host.port)/image",
            "http://x.images.example.com:\(host.port)/image",
        ] {
            guard case .failure(.hostNotAllowed) = await Self.outcome(fetcher, url) else {
                Issue.record("\(url) was asked")
                continue
            }
        }
        for url in [
            "http://2130706433:\(host.port)/image", "http://0x7f.1:\(host.port)/image",
            #"http://images.example.com:\#(host.port)\@127.0.0.1/image"#,
            "http://images.example.com:\(host.port)@127.0.0.1:\(host.port)/image", "file:///etc/passwd",
        ] {
            #expect(await Self.outcome(fetcher, url) == .failure(.invalidURL), "\(url)")
        }
        #expect(names.withLock(\.self) == [])
        #expect(host.requests.isEmpty)
    }

    /// A listed name is no way to an address that is not listed.
    @Test(arguments: [
        ["127.0.0.1"], ["10.0.0.5"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"], [],
    ])
    func asksNoPrivateAddressUnderAListedName(addresses: [String]) async throws {
        let host = try await Self.host()
        let found = try addresses.map { try #require(NetworkAddress($0)) }
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["images.example.com:\(host.port)"])) { _, _ in found }
        #expect(
            await Self.outcome(fetcher, "http://images.example.com:\(host.port)/image")
                == .failure(.addressNotAllowed("images.example.com")))
        #expect(host.requests.isEmpty)
    }

    /// The address that was checked is the one that is asked, and the host's name is still told.
    @Test func connectsToTheAddressThatWasFound() async throws {
        let host = try await Self.host()
        let lookups = Mutex(0)
        let hosts = try ImageHosts(["images.example.com:\(host.port)", "127.0.0.1:\(host.port)"])
        let fetcher = GuardedImageFetcher(hosts: hosts) { _, _ in
            lookups.withLock { $0 += 1 }
            return [.v4([127, 0, 0, 1])]
        }
        #expect(
            await Self.outcome(fetcher, "http://Images.Example.com:\(host.port)/image") == .success(Self.image))
        #expect(host.requests.first?["Host"] == "images.example.com:\(host.port)")
        #expect(lookups.withLock(\.self) == 1)
    }

    /// The system's own lookup, of a name that always means this machine.
    @Test func refusesANameThatIsThisMachine() async throws {
        let host = try await Self.host()
        let fetcher = GuardedImageFetcher(hosts: try ImageHosts(["localhost:\(host.port)"]))
        #expect(
            await Self.outcome(fetcher, "http://localhost:\(host.port)/image")
                == .failure(.addressNotAllowed("localhost")))
        #expect(host.requests.isEmpty)
    }

    @Test func knowsHostsBelowAListedOne() throws {
        let hosts = try ImageHosts(["*.example.com", "cdn.example.org:8443", "2001:db8::1"])
        let (yes, no) = (
            [
                "http://a.example.com/", "https://a.b.example.com/", "https://cdn.example.org:8443/",
                "http://[2001:db8::1]/",
            ],
            ["http://example.com/", "http://aexample.com/", "https://cdn.example.org/", "http://a.example.com:81/"]
        )
        for url in yes { #expect(try hosts.contains(#require(ImageURL(url))), "\(url)") }
        for url in no { #expect(try !hosts.contains(#require(ImageURL(url))), "\(url)") }
    }

    @Test(arguments: [
        "", "*", "*.", "http://example.com", "example.com/a", "a b", "*.127.0.0.1", "example.com:0", "127.1",
    ])
    func refusesWhatIsNoHost(name: String) {
        #expect(throws: (any Error).self) { try ImageHosts([name]) }
    }
}
