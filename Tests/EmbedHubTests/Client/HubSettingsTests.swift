// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import FoundationEssentials
import Testing

@testable import EmbedHub

@Suite struct HubSettingsTests {
    @Test(arguments: ["", "huggingface.co", "ftp://hub", "http://", "https://user:word@hub", "https://hub?x=1"])
    func refusesEndpointsThatAreNone(endpoint: String) {
        #expect(throws: HubError.self) { try HubSettings(endpoint: endpoint) }
    }

    @Test func dropsSlashesAtTheEnd() throws {
        #expect(try HubSettings(endpoint: "https://mirror/hf//").endpoint == "https://mirror/hf")
    }

    @Test(arguments: [
        ("https://hub", "", "https://hub"), ("http://hub", "", "http://hub"), ("https://hub", "other,hub", nil),
        ("https://a.hub", "hub", nil), ("https://a.hub", ".hub", nil), ("https://a.hub", "*.hub", nil),
        ("https://ahub", "hub", "https://hub"), ("https://hub:8443", "hub:443", "https://hub"),
        ("https://hub", "hub:443", nil), ("https://hub", "*", nil), ("https://HUB", "Hub", nil),
        ("http://127.0.0.1:1", "localhost, 127.0.0.1", nil),
    ])
    func obeysTheListOfExceptions(address: String, exceptions: String, proxied: String?) throws {
        let proxies = try Proxies(https: "http://secure:1", http: "plain:2", exceptions: exceptions)
        let origin = try #require(URL(string: address).flatMap { Origin($0) })
        let proxy = proxies.proxy(to: origin)
        #expect((proxy == nil) == (proxied == nil))
        if proxied != nil { #expect(proxy?.host == (origin.scheme == "https" ? "secure" : "plain")) }
    }

    @Test func readsTheProxysUserAndKind() throws {
        let origin = try #require(URL(string: "https://hub").flatMap { Origin($0) })
        let proxy = try Proxies(https: "http://us%40er:pa%3Ass@proxy:3128", http: nil, exceptions: nil).proxy(
            to: origin)
        #expect(
            proxy == .server(host: "proxy", port: 3128, authorization: .basic(username: "us@er", password: "pa:ss")))
        let socks = try Proxies(https: "socks5://proxy", http: nil, exceptions: nil).proxy(to: origin)
        #expect(socks == .socksServer(host: "proxy", port: 1080))
    }

    @Test(arguments: ["https://proxy", "http://", "ftp://planted@proxy"])
    func refusesProxiesThatAreNoneWithoutShowingThem(text: String) {
        let error = #expect(throws: HubError.self) { try Proxies(https: text, http: nil, exceptions: nil) }
        #expect(error?.description.contains("planted") == false)
    }

    @Test func waitsTwiceAsLongEachTimeAndGivesUp() {
        let policy = RetryPolicy()
        #expect((1...5).map { policy.delay(after: $0) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), nil])
        #expect(policy.delay(after: 1, asked: .seconds(5)) == .seconds(5))
        #expect(policy.delay(after: 1, asked: .seconds(3600)) == .seconds(60))
    }
}
