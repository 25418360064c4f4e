// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Logging
import Testing

@testable import embedder

@Suite(.timeLimit(.minutes(2))) struct ServiceNotificationTests {
    @Test func isReadyWhenEverythingIs() throws {
        let folder = try TemporaryDirectory()
        let manager = try ServiceManager(path: "\(folder.path)/notify")
        let notification = ServiceNotification(path: manager.path, logger: Logger(label: "test"))
        notification.reach(.hasLoadedItsModels)
        #expect(manager.waiting == nil)
        notification.reach(.listens)
        #expect(manager.waiting == "READY=1")
        notification.reach(.listens)
        #expect(manager.waiting == nil)
    }

    @Test func findsAbstractSockets() throws {
        let manager = try ServiceManager(path: "@embedder-test-\(UUID().uuidString)")
        let notification = ServiceNotification(path: manager.path, logger: Logger(label: "test"))
        for condition in ServiceNotification.Condition.allCases { notification.reach(condition) }
        #expect(manager.waiting == "READY=1")
    }

    @Test func tellsWhenItIsReadyAndWhenItStops() async throws {
        let folder = try TemporaryDirectory()
        let manager = try ServiceManager(path: "\(folder.path)/notify")
        let server = try await RunningServer.start([Program.model], environment: ["NOTIFY_SOCKET": manager.path])
        #expect(try await manager.message() == "READY=1")
        #expect(server.stop(SIGTERM) == 0)
        #expect(manager.waiting == "STOPPING=1")
    }

    @Test(arguments: ["/nonexistent/notify", "relative", "/" + String(repeating: "a", count: 200), "vsock:2:1234"])
    func servesEvenIfNobodyCanBeTold(path: String) async throws {
        let server = try await RunningServer.start([Program.model], environment: ["NOTIFY_SOCKET": path])
        #expect(try await server.get("/health/ready").status == 200)
        #expect(server.stop(SIGTERM) == 0)
        #expect(server.log.contains("the service manager can't be told"))
    }
}

/// The end of `NOTIFY_SOCKET` that a service manager holds.
private final class ServiceManager {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count
        let status = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard status == 0 else { throw TestSupportError("can't bind \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// The next message that has arrived.
    var waiting: String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The next message, once it arrives.
    func message() async throws -> String {
        while true {
            if let waiting { return waiting }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
