// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import EmbedServer
import NIOCore
import NIOHTTP1

/// Brings images from hosts on a list, and from nowhere else whatever the address says.
///
/// The host is resolved once, every address it has is checked, and the first is the one connected to. Redirections are not
/// followed, proxies not used, and nothing is sent that tells who asks.
struct GuardedImageFetcher: ImageFetcher {
    /// Finds the addresses of a host within a time.
    typealias Lookup = @Sendable (_ host: String, _ limit: Duration) async throws -> [NetworkAddress]

    private let hosts: ImageHosts
    private let lookUp: Lookup
    private let seconds: Int

    /// Images over this are refused, whatever the limit of requests.
    private static let maxByteCount = 20 << 20

    /// - Parameters:
    ///   - hosts: from which images may come.
    ///   - seconds: for everything, from the name to the last byte.
    ///   - lookUp: finds addresses.
    init(hosts: ImageHosts, seconds: Int = 10, lookUp: @escaping Lookup = HostLookup.addresses) {
        self.hosts = hosts
        self.seconds = seconds
        self.lookUp = lookUp
    }

    func image(at text: String, maxByteCount: Int) async throws(ImageFetchError) -> [UInt8] {
        guard let url = ImageURL(text) else { throw .invalidURL }
        guard hosts.contains(url) else { throw .hostNotAllowed(url.host) }
        do {
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    throw ImageFetchError.timedOut(seconds: seconds)
                }
                group.addTask {
                    let address = try await address(of: url)
                    return try await fetch(url, from: address, maxByteCount: min(maxByteCount, Self.maxByteCount))
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch let error as ImageFetchError {
            throw error
        } catch {
            throw .unreachable(url.host)
        }
    }

    /// Where the host of `url` is.
    private func address(of url: ImageURL) async throws -> NetworkAddress {
        let addresses: [NetworkAddress]
        if let address = NetworkAddress(url.host) {
            addresses = [address]
        } else {
            addresses = try await lookUp(url.host, .seconds(seconds))
        }
        // A host with addresses of both kinds is up to something.
        guard let first = addresses.first, addresses.allSatisfy({ hosts.allows($0, for: url) }) else {
            throw ImageFetchError.addressNotAllowed(url.host)
        }
        return first
    }

    private func fetch(_ url: ImageURL, from address: NetworkAddress, maxByteCount: Int) async throws -> [UInt8] {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Int64(seconds)), read: .seconds(Int64(seconds))))
        configuration.dnsOverride = [url.host: "\(address)"]
        configuration.httpVersion = .http1Only
        // One for each image: the address is the client's, and no connection may outlive its check.
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<[UInt8], any Error>
        do {
            result = .success(try await fetch(url, with: client, maxByteCount: maxByteCount))
        } catch {
            result = .failure(error)
        }
        do {
            try await client.shutdown()
        } catch {
            // Connections that don't close cleanly are gone all the same.
        }
        return try result.get()
    }

    private func fetch(_ url: ImageURL, with client: HTTPClient, maxByteCount: Int) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: url.text)
        request.headers = ["User-Agent": "embedder", "Accept": "image/*", "Accept-Encoding": "identity"]
        let response = try await client.execute(request, timeout: .seconds(Int64(seconds)))
        guard response.status == .ok else { throw ImageFetchError.status(Int(response.status.code)) }
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > maxByteCount {
            throw ImageFetchError.tooLarge(limit: maxByteCount)
        }
        do {
            return Array(try await response.body.collect(upTo: maxByteCount).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ImageFetchError.tooLarge(limit: maxByteCount)
        }
    }
}
