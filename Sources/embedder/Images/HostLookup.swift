// SPDX-License-Identifier: Apache-2.0

import Dispatch
import EmbedServer
import Glibc
import Synchronization

/// Finds the addresses of hosts as the system does.
enum HostLookup {
    private static let queue = DispatchQueue(label: "embedder.hosts", attributes: .concurrent)

    /// The addresses of `host`, in the system's order; at least one.
    ///
    /// - Throws: ``ImageFetchError``, also when `limit` is over before the system has answered.
    static func addresses(of host: String, within limit: Duration) async throws -> [NetworkAddress] {
        let seconds = limit / .seconds(1)
        return try await withCheckedThrowingContinuation { continuation in
            let answer = FirstAnswer(continuation)
            queue.async { answer.resume(Result { try addresses(of: host) }) }
            queue.asyncAfter(deadline: .now() + seconds) {
                answer.resume(.failure(ImageFetchError.timedOut(seconds: Int(seconds))))
            }
        }
    }

    /// Resumes once, with what comes first.
    private final class FirstAnswer: Sendable {
        private let continuation: Mutex<CheckedContinuation<[NetworkAddress], any Error>?>

        init(_ continuation: CheckedContinuation<[NetworkAddress], any Error>) {
            self.continuation = Mutex(continuation)
        }

        func resume(_ result: Result<[NetworkAddress], any Error>) {
            let waiting = continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
            waiting?.resume(with: result)
        }
    }

    private static func addresses(of host: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { throw ImageFetchError.unreachable(host) }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ NetworkAddress($0) }) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw ImageFetchError.unreachable(host) }
        return addresses
    }
}
