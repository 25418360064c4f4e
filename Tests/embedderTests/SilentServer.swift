// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Glibc

/// Takes connections on a port of the loopback and says no more than it is told.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard status == 0 else { throw TestSupportError("can't listen: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        // Nobody waits for ever for a client that doesn't come.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Returns once someone has sent something; an `answer` is sent back, and the connection closed.
    ///
    /// - Returns: The first bytes that came.
    @discardableResult
    func waitForClient(answer: String? = nil) -> String {
        let client = accept(descriptor, nil, nil)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(client, &buffer, buffer.count, 0)
        // Without an answer the connection stays open for as long as the process lives.
        if let answer {
            _ = send(client, Array(answer.utf8), answer.utf8.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
