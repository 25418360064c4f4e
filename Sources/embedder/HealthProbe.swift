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
            let descriptor = socket(entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else {
                failure = Self.failure()
                continue
            }
            defer { close(descriptor) }
            try Self.setTimeout(SO_SNDTIMEO, of: descriptor, until: deadline)
            if connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
                return try answer(on: descriptor, until: deadline)
            }
            failure = Self.failure()
        }
        throw failure
    }

    private func answer(on descriptor: Int32, until deadline: ContinuousClock.Instant) throws(CommandFailure) -> Int {
        let request = Array("GET \(Self.path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Self.failure()
        }
        var received: [UInt8] = []
        while received.count < Self.maxLineLength, !received.contains(UInt8(ascii: "\n")) {
            try Self.setTimeout(SO_RCVTIMEO, of: descriptor, until: deadline)
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Self.failure() }
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

    /// Lets the next call of `option`'s kind wait until `deadline`.
    private static func setTimeout(
        _ option: Int32, of descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(CommandFailure) {
        let rest = ContinuousClock.now.duration(to: deadline)
        guard rest > .zero else { throw timedOut }
        let (seconds, attoseconds) = rest.components
        // Zero would be for ever.
        var time = timeval(tv_sec: Int(seconds), tv_usec: max(1, Int(attoseconds / 1_000_000_000_000)))
        setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private static let timedOut = CommandFailure("timed out")

    private static func failure() -> CommandFailure {
        switch errno {
        case EAGAIN, EINPROGRESS: timedOut
        default: CommandFailure(String(cString: strerror(errno)))
        }
    }
}
