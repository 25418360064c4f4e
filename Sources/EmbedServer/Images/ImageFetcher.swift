// SPDX-License-Identifier: Apache-2.0

/// Brings images that requests name by their address.
///
/// What it may reach is its own decision: addresses come from clients.
package protocol ImageFetcher: Sendable {
    /// The bytes at `url`, at most `maxByteCount`.
    func image(at url: String, maxByteCount: Int) async throws(ImageFetchError) -> [UInt8]
}

/// Why the image at an address can't be had; says nothing of what was found there.
package enum ImageFetchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is no address of http or https, written plainly.
    case invalidURL
    /// Images may come from some hosts, and this is none of them.
    case hostNotAllowed(String)
    /// The host's address is one of this machine or of a private network.
    case addressNotAllowed(String)
    /// The host has no address, or doesn't answer.
    case unreachable(String)
    /// The host answered with another status than 200; redirections are not followed.
    case status(Int)
    case tooLarge(limit: Int)
    case timedOut(seconds: Int)

    package var description: String {
        switch self {
        case .invalidURL: "the address of an image is none that is read: http or https, a host, and a plain path"
        case .hostNotAllowed(let host):
            "images may not come from \(host); the server's setting --image-urls names hosts"
        case .addressNotAllowed(let host): "\(host) is at an address that images may not come from"
        case .unreachable(let host): "\(host) can't be reached"
        case .status(let code):
            "the image's host answered \(code)" + (300..<400 ~= code ? "; redirections are not followed" : "")
        case .tooLarge(let limit): "the image has more than \(limit) bytes"
        case .timedOut(let seconds): "the image did not come within \(seconds) seconds"
        }
    }
}
