// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Testing

@testable import EmbedServer

/// A connection as a client sees it that speaks raw bytes.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    static let good = #"{"model":"fake","input":"a"}"#
    static let goodRequest =
        "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        + "content-length: \(good.utf8.count)\r\n\r\n\(good)"

    // MARK: Framing

    struct Malformed: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: String
        let status: Int

        var testDescription: String { name }

        init(_ name: String, _ bytes: String, status: Int = 400) {
            self.name = name
            self.bytes = bytes
            self.status = status
        }

        /// A request to embed something.
        init(_ name: String, fields: String, body: String = "") {
            self.init(name, "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\n\(fields)\r\n\r\n\(body)")
        }
    }

    private static let endOfChunks = "0\r\n\r\n"
    private static let mebibyte = String(repeating: "x", count: 1 << 20)

    static let malformed = [
        Malformed("both lengths", fields: "content-length: 6\r\ntransfer-encoding: chunked", body: endOfChunks + "GET"),
        Malformed(
            "both lengths, other order", fields: "transfer-encoding: chunked\r\ncontent-length: 6",
            body: endOfChunks + "GET"),
        Malformed("two lengths", fields: "content-length: 6\r\ncontent-length: 5"),
        Malformed("negative length", fields: "content-length: -1"),
        Malformed("length with plus", fields: "content-length: +5", body: "hello"),
        Malformed("hexadecimal length", fields: "content-length: 0x5", body: "hello"),
        Malformed("overlong length", fields: "content-length: 99999999999999999999"),
        Malformed("unknown transfer coding", fields: "transfer-encoding: gzip, chunked", body: endOfChunks),
        Malformed("chunked not last", fields: "transfer-encoding: chunked, gzip", body: endOfChunks),
        Malformed("bad chunk size", fields: "transfer-encoding: chunked", body: "xyz\r\n"),
        Malformed("huge chunk size", fields: "transfer-encoding: chunked", body: "fffffffffffffffff\r\n"),
        Malformed(
            "chunk longer than its size", fields: "transfer-encoding: chunked", body: "1\r\n{}\r\n" + endOfChunks),
        Malformed("bare newline in chunk", fields: "transfer-encoding: chunked", body: "0\n\n"),
        Malformed("space before colon", fields: "content-length : 5", body: "hello"),
        Malformed("folded field", fields: "content-length: 2\r\n 2", body: "{}"),
        Malformed("null in field", "GET /health HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n"),
        Malformed("path not ASCII", "GET /v1/é HTTP/1.1\r\nhost: a\r\n\r\n"),
        Malformed("no HTTP", "hello world, how are you?\r\n\r\n"),
        Malformed("TLS", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\r\n"),
        Malformed("unknown method", "BREW /coffee HTTP/1.1\r\nhost: a\r\n\r\n"),
        Malformed("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Malformed("HTTP/3", "GET /health HTTP/3.0\r\n\r\n"),
        Malformed("giant field", "GET /health HTTP/1.1\r\nhost: a\r\nx: \(mebibyte)", status: 431),
        Malformed("giant name", "GET /health HTTP/1.1\r\nhost: a\r\n\(mebibyte)", status: 431),
        Malformed(
            "1,000 fields",
            "GET /health HTTP/1.1\r\nhost: a\r\n\((0..<1000).map { "x\($0): \($0)\r\n" }.joined())\r\n",
            status: 431),
        Malformed("giant path", "GET /\(mebibyte) HTTP/1.1\r\n\r\n", status: 431),
        Malformed("unfinished giant path", "GET /\(mebibyte)", status: 431),
    ]

    @Test(arguments: malformed)
    func answersMalformedRequestsAndCloses(request: Malformed) async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            client.sendWithoutWaiting(bytes: Array(request.bytes.utf8))
            let response = try await client.response()
            #expect(response.status == request.status)
            #expect(try !response.errorMessage().isEmpty)
            #expect(response.header["connection"] == "close")
            #expect(await client.untilClosed() == "")
            #expect(service.requests.isEmpty)
            #expect(try await server.connect().post(Self.good).status == 200)
        }
    }

    @Test func takesChunkedBodies() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let head = "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n"
            let chunks = Self.good.utf8.map { "1;ext=1\r\n\(Character(UnicodeScalar($0)))\r\n" }.joined()
            try await client.send(head + chunks + "0\r\ntrailer: x\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(try await client.get("/health").status == 200)
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            try await client.send(
                Self.goodRequest + "GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET /nothing HTTP/1.1\r\nhost: a\r\n\r\n"
                    + Self.goodRequest)
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await client.response().status) }
            #expect(statuses == [200, 200, 404, 200])
        }
    }

    @Test func answersWhatCameBeforeGarbage() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            try await client.send(Self.goodRequest + "garbage\r\n\r\n")
            #expect(try await client.response().status == 200)
            _ = await client.untilClosed()
        }
    }

    @Test(arguments: ["connection: close\r\n", "Connection: Close\r\n"])
    func closesWhenAskedTo(header: String) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.get("/health", header: header)
            #expect(response.status == 200)
            #expect(response.header["connection"] == "close")
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func closesAfterHTTP1_0() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            try await client.send("GET /health HTTP/1.0\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(await client.untilClosed() == "")
        }
    }

    /// Java's HttpClient offers HTTP/2 this way with every first request.
    @Test func answersAnUpgradeOfferInHTTP1() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let response = try await client.post(
                Self.good,
                header: "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAB\r\n")
            #expect(response.status == 200)
            #expect(response.header["connection"] == "close")
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func answersAClientThatStopsSending() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            try await client.send("GET /health HTTP/1.1\r\nhost: a\r\n\r\n")
            try await client.finishSending()
            #expect(try await client.response().status == 200)
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func closesOnABodyCutShort() async throws {
        let service = FakeService()
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{")
            try await client.finishSending()
            #expect(try await client.response().status == 400)
            _ = await client.untilClosed()
            #expect(service.requests.isEmpty)
        }
    }

    // MARK: Large bodies

    @Test func refusesALongBodyByItsLength() async throws {
        try await TestServer.run(configure: { $0.connection.lingerDeadline = .seconds(30) }) { server in
            let client = try await server.connect()
            let length = 40 << 20
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: \(length)\r\n\r\n")
            // A client that sends everything before it looks for the answer.
            try await client.send(bytes: Array(repeating: 0x20, count: length))
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response.header["connection"] == "close")
            #expect(try response.errorMessage().contains("33554432"))
            #expect(await client.untilClosed() == "")
            try await client.close()
        }
    }

    @Test func refusesALongBodyAsItComes() async throws {
        try await TestServer.run(configure: { $0.bodyLimit = 100_000 }) { server in
            let client = try await server.connect()
            let chunk = "fff0\r\n" + String(repeating: " ", count: 0xFFF0) + "\r\n"
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            client.sendWithoutWaiting(bytes: Array(String(repeating: chunk, count: 100).utf8))
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func closesOnAClientThatNeverStopsSending() async throws {
        try await TestServer.run(
            configure: {
                $0.bodyLimit = 1000
                $0.connection.lingerBytes = 1 << 20
            }
        ) { server in
            let client = try await server.connect()
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
            for _ in 0..<64 { client.sendWithoutWaiting(bytes: Array(repeating: 0x20, count: 1 << 20)) }
            _ = await client.untilClosed()
        }
    }

    @Test func takesABodyOfTheLimit() async throws {
        try await TestServer.run(configure: { $0.bodyLimit = 400_000 }) { server in
            let client = try await server.connect()
            let body = Self.good + String(repeating: " ", count: 400_000 - Self.good.utf8.count)
            #expect(try await client.post(body).status == 200)
            #expect(try await client.post(body + " ").status == 413)
        }
    }

    @Test func refusesMillionsOfTokenIDs() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let ids = String(repeating: "1,", count: 3 << 20)
            let response = try await client.post(#"{"model":"fake","input":[\#(ids)1]}"#)
            #expect(response.status == 400)
            #expect(try response.errorMessage().contains("1048576"))
            #expect(try await client.get("/health").status == 200)
        }
    }

    @Test func refusesWhenAllBodiesTogetherAreTooLarge() async throws {
        try await TestServer.run(configure: { $0.bodyBudget = 1000 }) { server in
            let client = try await server.connect()
            let response = try await client.post(Self.good + String(repeating: " ", count: 1000))
            #expect(response.status == 429)
            #expect(response.header["retry-after"] == "1")
            // What was taken has been given back.
            for _ in 0..<100 { #expect(try await client.post(Self.good).status == 200) }
        }
    }

    @Test func asksForTheBodyOnlyWhenItWantsIt() async throws {
        try await TestServer.run(configure: { $0.bodyLimit = 1000 }) { server in
            let head = "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: "
            let accepted = try await server.connect()
            try await accepted.send(head + "\(Self.good.utf8.count)\r\n\r\n")
            #expect(try await accepted.response().status == 100)
            try await accepted.send(Self.good)
            #expect(try await accepted.response().status == 200)
            #expect(try await accepted.get("/health").status == 200)

            let refused = try await server.connect()
            try await refused.send(head + "1001\r\n\r\n")
            let response = try await refused.response()
            #expect(response.status == 413)
            #expect(response.header["connection"] == "close")
        }
    }

    // MARK: Deadlines

    @Test(arguments: ["G", "GET /health HTTP/1.1\r\nhost: a\r\n"])
    func timesOutASlowHeader(start: String) async throws {
        try await TestServer.run(configure: { $0.connection.headerDeadline = .milliseconds(50) }) { server in
            let client = try await server.connect()
            try await client.send(start)
            #expect(try await client.response().status == 408)
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func closesASilentConnection() async throws {
        try await TestServer.run(configure: { $0.connection.firstByteDeadline = .milliseconds(50) }) { server in
            let client = try await server.connect()
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func closesAnIdleConnection() async throws {
        try await TestServer.run(configure: { $0.connection.keepAlive = .milliseconds(50) }) { server in
            let client = try await server.connect()
            #expect(try await client.get("/health").status == 200)
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func timesOutASlowBody() async throws {
        try await TestServer.run(
            configure: {
                $0.connection.bodyDeadline = .milliseconds(50)
                $0.connection.minimumRate = 1 << 20
            }
        ) { server in
            let client = try await server.connect()
            try await client.send("POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{")
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(try response.errorMessage().contains("body"))
            #expect(await client.untilClosed() == "")
        }
    }

    @Test func waitsForASlowModel() async throws {
        let service = FakeService(.hold)
        try await TestServer.run(
            service,
            configure: {
                $0.connection.keepAlive = .milliseconds(200)
                $0.connection.bodyDeadline = .milliseconds(200)
            }
        ) { server in
            let client = try await server.connect()
            try await client.send(Self.goodRequest)
            await service.waitForRequest()
            // Meanwhile another connection runs into its deadline, so those of the first one have passed.
            let other = try await server.connect()
            _ = try await other.get("/health")
            _ = await other.untilClosed()
            service.release()
            #expect(try await client.response().status == 200)
        }
    }

    @Test func closesOnAClientThatDoesNotRead() async throws {
        try await TestServer.run(
            configure: {
                $0.connection.bodyDeadline = .milliseconds(50)
                $0.connection.minimumRate = 1 << 30
            }
        ) { server in
            let client = try await server.connect()
            let input = Array(repeating: #""a""#, count: 2048).joined(separator: ",")
            let body = #"{"model":"fake","input":[\#(input)]}"#
            let request =
                "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
            try await client.stopReading()
            client.sendWithoutWaiting(bytes: Array(String(repeating: request, count: 100).utf8))
            await client.untilSendingFails()
        }
    }

    // MARK: Clients that leave, servers that stop

    @Test func cancelsTheWorkOfAClientThatLeft() async throws {
        let service = FakeService(.hang)
        try await TestServer.run(service) { server in
            let client = try await server.connect()
            try await client.send(Self.goodRequest)
            await service.waitForRequest()
            try await client.close()
            await service.waitForCancellation()
        }
    }

    @Test func finishesWhatHasBegunWhenItStops() async throws {
        let service = FakeService(.hold)
        try await TestServer.run(service) { server in
            let busy = try await server.connect()
            let idle = try await server.connect()
            #expect(try await idle.get("/health").status == 200)
            try await busy.send(Self.goodRequest)
            await service.waitForRequest()
            await server.shutDown()
            #expect(await idle.untilClosed() == "")
            await #expect(throws: (any Error).self) { _ = try await server.connect() }
            service.release()
            let response = try await busy.response()
            #expect(response.status == 200)
            #expect(response.header["connection"] == "close")
            #expect(await busy.untilClosed() == "")
        }
    }
}
