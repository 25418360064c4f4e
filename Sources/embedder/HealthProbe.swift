// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Asks a server whether it is ready, with the C library alone.
///
/// A health check runs every few seconds beside the server, and perhaps where there is no /proc: it takes no thread but
/// its own.
struct HealthProbe {
    /// A name or an address.
    let host: String
    let port: Int

    private static let path = "/health/ready"
    /// More than a status line has.
    private static let maxLineLength = 1024

    var url: String { "http://\(authority)\(Self.path)" }

    private var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The status of the answer, of the first of the host's addresses that takes connections.
    ///
    /// Finding a name's addresses takes as long as the system lets it; `limit` is for what follows.
    ///
    /// - Throws: ``CommandFailure`` when no answer has begun when `limit` is over.
    func status(within limit: Duration) throws(CommandFailure) -> Int {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let found = getaddrinfo(host, "\(port)", &hints, &list)
        guard found == 0 else { throw CommandFailure(String(cString: gai_strerror(found))) }
        defer { freeaddrinfo(list) }

        let deadline = ContinuousClock.now + limit
        var failure = CommandFailure("no address")
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
            let descriptor = socket(entry.pointee.ai_family, Int32(kind), 0)
            guard descriptor >= 0 else {
                failure = Self.failure(errno)
                continue
            }
            defer { close(descriptor) }
            var problem: Int32 = 0
            if connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) != 0 {
                problem = errno
                if problem == EINPROGRESS {
                    try Self.wait(for: POLLOUT, on: descriptor, until: deadline)
                    var size = socklen_t(MemoryLayout<Int32>.size)
                    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
                }
            }
            if problem == 0 { return try answer(on: descriptor, until: deadline) }
            failure = Self.failure(problem)
        }
        throw failure
    }

    private func answer(on descriptor: Int32, until deadline: ContinuousClock.Instant) throws(CommandFailure) -> Int {
        let request = Array("GET \(Self.path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Self.failure(errno)
        }
        var received: [UInt8] = []
        while received.count < Self.maxLineLength, !received.contains(UInt8(ascii: "\n")) {
            try Self.wait(for: POLLIN, on: descriptor, until: deadline)
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Self.failure(errno) }
            if count == 0 { break }
            received += buffer[..<count]
        }
        let fields = received.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
            .split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard fields.count >= 2, fields[0].starts(with: "HTTP/1.".utf8),
            let status = Int(String(decoding: fields[1], as: UTF8.self)), (100...999).contains(status)
        else { throw CommandFailure("the answer is not HTTP") }
        return status
    }

    /// Waits until `descriptor` is ready for `event`, POLLIN or POLLOUT, or has failed.
    private static func wait(
        for event: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(CommandFailure) {
        while true {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { throw CommandFailure("timed out") }
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            // In milliseconds, and never less than one; the limit is an hour at most.
            let count = poll(&entry, 1, Int32(rest / .milliseconds(1)) + 1)
            if count > 0 { return }
            if count < 0, errno != EINTR { throw failure(errno) }
        }
    }

    private static func failure(_ code: Int32) -> CommandFailure { CommandFailure(String(cString: strerror(code))) }
}
