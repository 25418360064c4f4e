// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// Tells the service manager when the server is ready and when it begins to stop, as systemd's `Type=notify` wants it.
///
/// The protocol of sd_notify(3): a datagram a message, to the socket that `NOTIFY_SOCKET` names; without it nothing is
/// sent.
final class ServiceNotification: Sendable {
    /// What has to come true before the server is ready.
    enum Condition: CaseIterable {
        case listens
        case hasLoadedItsModels
    }

    private let path: String?
    private let logger: Logger
    private let missing = Mutex(Set(Condition.allCases))

    /// `path` as in `NOTIFY_SOCKET`: absolute, or after an @ the name of an abstract socket.
    init(path: String? = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"], logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// Notes that `condition` holds from now on; the last one makes the server ready.
    func reach(_ condition: Condition) {
        let isLast = missing.withLock { missing in missing.remove(condition) != nil && missing.isEmpty }
        if isLast { send("READY=1") }
    }

    /// The server begins to stop.
    func announceStop() { send("STOPPING=1") }

    private func send(_ message: String) {
        guard let path, !path.isEmpty else { return }
        if let problem = Self.send(message, to: path) {
            logger.warning(
                "the service manager can't be told", metadata: ["message": "\(message)", "reason": "\(problem)"])
        }
    }

    /// - Returns: What went wrong, or nil.
    private static func send(_ message: String, to path: String) -> String? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard name[0] == UInt8(ascii: "/") || name[0] == UInt8(ascii: "@") else {
            return "NOTIFY_SOCKET is neither a path nor @name"
        }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return "NOTIFY_SOCKET is too long" }
        // An abstract name begins with a zero, and its length alone says where it ends.
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + name.count } ?? 0

        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return reason() }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        let sent = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, socklen_t(length))
            }
        }
        return sent == bytes.count ? nil : reason()
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
