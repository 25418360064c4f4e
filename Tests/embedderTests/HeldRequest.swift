// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Glibc

/// A request that the server has begun, and that stays begun until its body is sent.
final class HeldRequest {
    private let descriptor: Int32
    private let body: [UInt8]

    /// Sends the head of a POST with `body` and returns once the server has asked for the body.
    init(port: Int, path: String, body: String) throws {
        self.body = Array(body.utf8)
        guard let descriptor = Self.connection(to: port) else {
            throw TestSupportError("can't connect to port \(port)")
        }
        self.descriptor = descriptor
        Self.send(
            Array(
                """
                POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: \(self.body.count)\r\nExpect: 100-continue\r\n\r\n
                """.utf8), to: descriptor)
        let answer = Self.receive(from: descriptor)
        guard answer.hasPrefix("HTTP/1.1 100 ") else { throw TestSupportError("expected 100 Continue, got \(answer)") }
    }

    deinit { close(descriptor) }

    /// What comes back for `bytes`, sent as they are, up to the end of a JSON object.
    static func answer(port: Int, to bytes: String) throws -> String {
        guard let descriptor = connection(to: port) else { throw TestSupportError("can't connect to port \(port)") }
        defer { close(descriptor) }
        send(Array(bytes.utf8), to: descriptor)
        var answer = ""
        while !answer.hasSuffix("}") {
            let part = receive(from: descriptor)
            if part.isEmpty { break }
            answer += part
        }
        return answer
    }

    /// Whether anything takes connections on `port`.
    static func isOpen(port: Int) -> Bool {
        guard let descriptor = connection(to: port) else { return false }
        close(descriptor)
        return true
    }

    private static func connection(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { close(descriptor) }
        return status == 0 ? descriptor : nil
    }

    /// Sends the body and returns the first bytes of the answer; empty when the server is gone.
    func finish() -> String {
        Self.send(body, to: descriptor)
        return Self.receive(from: descriptor)
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The first bytes that come.
    private static func receive(from descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
