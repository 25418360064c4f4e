// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Testing

@testable import EmbedServer

@Suite(.timeLimit(.minutes(1))) struct MutationTests {
    /// Requests that are nearly right: bytes changed, cut, repeated or put in.
    @Test(arguments: 0..<8)
    func survivesAnything(seed: UInt64) async throws {
        var generator = SplitMix64(seed: seed)
        let requests = (0..<40).map { _ in Self.mutated(Array(ConnectionTests.goodRequest.utf8), &generator) }
        try await TestServer.run(configure: { $0.connection.lingerDeadline = .milliseconds(50) }) { server in
            for request in requests {
                let client = try await server.connect()
                client.sendWithoutWaiting(bytes: request)
                try await client.finishSending()
                let answer = await client.untilClosed()
                let isFine = answer.isEmpty || answer.hasPrefix("HTTP/1.1 2") || answer.hasPrefix("HTTP/1.1 4")
                #expect(isFine, "\(String(decoding: request, as: UTF8.self).debugDescription) -> \(answer)")
                try await client.close()
            }
            #expect(try await server.connect().post(ConnectionTests.good).status == 200)
        }
    }

    private static func mutated(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
            default: bytes.insert(contentsOf: bytes[position...].prefix(30), at: position)
            }
        }
        return bytes
    }
}
